#!/bin/sh
# A permit office's story: one firm applies, is held, registers, pays, and is released; another never pays and ends with
# the prosecutor, then pays and is free again. Every line is a command that an office or an operator would type.
#
# Needs a running stack (make demo DEMO_FLAGS="--short --keep") whose export lines stand in this shell. Running it a
# second time changes nothing: events are known by source and id.
set -eu

say() { printf '\n== %s\n' "$*"; }
# TYPE ID DATE DATA: one CloudEvent a line.
event() {
    printf '{"specversion":"1.0","id":"%s","source":"/ptsp/story","type":"id.perisai.%s.v1","time":"%sT09:00:00+08:00","data":%s}\n' \
        "$2" "$1" "$3" "$4" | perisai publish --resolve-from-enrollment - >/dev/null
}
# TYPE FIELD=VALUE…: waits for the answer and prints it; fails when there is none.
answer() { topic=$1 type=$2; shift 2; perisai tail "$topic" --count 1 --wait 300 --type "$type" "$@"; }
where() { for pair in "$@"; do printf -- '--match %s ' "$pair"; done; }
permit() { type=$1; shift; answer ptsp.clearances.v1 "$type" $(where "$@"); }
decision() { type=$1; shift; answer enrollment.events.v1 "$type" $(where "$@"); }

say "1. Warung Kenanga applies at PTSP-GIN, an office that demands the first payment. Nobody knows the firm."
perisai clock 2018-03-01 2018-07-09
event permit-applied story-p1 2018-07-09 '{"application_id":"IZIN-GIN-0001","office":"PTSP-GIN","kind":"new","nib":"9120000000901","npwp":"0912345678901000","employer_name":"Warung Kenanga","workers_declared":2,"wages_declared":5000000,"size":"micro","kbli":"56102","callback_url":"https://ptsp.gianyarkab.example/perisai","applied_on":"2018-07-09"}'
permit permit-held application_id=IZIN-GIN-0001 answer=unknown_employer missing.code=NOT_REGISTERED

say "2. The firm registers its two workers. Now the first payment is missing."
event employer-submitted story-p2 2018-07-10 '{"submission_id":"STORY-KENANGA","nib":"9120000000901","npwp":"0912345678901000","name":"Warung Kenanga","phone":"081234560901","size":"micro","risk_class":1,"kbli":"56102","branch":"DPS","workers":[{"nik":"5104010101900901","name":"I Ketut Darma","wage":2500000},{"nik":"5104014505920902","name":"Ni Putu Ayu","wage":2500000}],"submitted_on":"2018-07-10","first_month":"2018-07"}'
decision employer-enrolled submission_id=STORY-KENANGA
permit permit-held application_id=IZIN-GIN-0001 answer=held missing.code=FIRST_PAYMENT_MISSING

say "3. It pays July: 0.24 % JKK and 0.30 % JKM of 5,000,000. The application is released by itself."
event payment-received story-p3 2018-07-11 '{"bank":"009","reference":"STORY-P3","virtual_account":"${VA:STORY-KENANGA}","amount":27000,"booked_on":"2018-07-11"}'
permit permit-cleared application_id=IZIN-GIN-0001 ground=first_payment was_held=true

say "4. The office issues the permit."
event permit-issued story-p4 2018-07-12 '{"application_id":"IZIN-GIN-0001","office":"PTSP-GIN","nib":"9120000000901","permit_number":"SIUP-GIN-2018-17","valid_until":"2023-07-11","issued_on":"2018-07-12"}'

say "5. CV Lalai registers in Denpasar, gets its permit, and never pays."
event employer-submitted story-p5 2018-07-10 '{"submission_id":"STORY-LALAI","nib":"9120000000902","name":"CV Lalai","phone":"081234560902","size":"small","risk_class":2,"kbli":"47111","branch":"DPS","workers":[{"nik":"5171010101850911","name":"I Nyoman Rai","wage":3000000},{"nik":"5171014101880912","name":"Ni Kadek Sri","wage":3000000}],"submitted_on":"2018-07-10","first_month":"2018-07"}'
decision employer-enrolled submission_id=STORY-LALAI
event permit-applied story-p6 2018-07-11 '{"application_id":"IZIN-DPS-0902","office":"PTSP-DPS","kind":"new","nib":"9120000000902","employer_name":"CV Lalai","workers_declared":2,"applied_on":"2018-07-11"}'
permit permit-cleared application_id=IZIN-DPS-0902 ground=registered

say "6. Four months unpaid: warning 1, ten working days; then warning 2. Each step counts from the day it is taken on."
perisai clock 2018-07-10 2018-11-16
decision enforcement-stepped nib=9120000000902 step=warning_1
perisai clock 2018-11-17 2018-12-14
decision enforcement-stepped nib=9120000000902 step=warning_2

say "7. The sanction fine, and a renewal that is held for the arrears."
perisai clock 2018-12-15 2019-01-10
decision enforcement-stepped nib=9120000000902 step=fine
event permit-applied story-p7 2019-01-10 '{"application_id":"IZIN-DPS-0903","office":"PTSP-DPS","kind":"renewal","nib":"9120000000902","employer_name":"CV Lalai","workers_declared":2,"applied_on":"2019-01-10"}'
permit permit-held application_id=IZIN-DPS-0903 missing.code=ARREARS

say "8. Unpaid all the same: the office is asked to withhold services (TMP2T); inspectors; the prosecutor."
perisai clock 2019-01-11 2019-02-28
permit services-withheld nib=9120000000902 withheld=true office=PTSP-DPS
decision enforcement-stepped nib=9120000000902 step=inspector
perisai clock 2019-03-01 2019-04-30
decision enforcement-stepped nib=9120000000902 step=prosecutor

say "9. CV Lalai pays all months, the late fines and the sanction fine: everything is lifted, the renewal is released."
perisai enforcement show "$(perisai tail enrollment.events.v1 --type employer-enrolled --match submission_id=STORY-LALAI --count 1 | sed 's/.*"npp":"\([0-9]*\)".*/\1/')"
event payment-received story-p9 2019-04-30 '{"bank":"009","reference":"STORY-P9","virtual_account":"${VA:STORY-LALAI}","amount":9000000,"booked_on":"2019-04-30"}'
decision enforcement-stepped nib=9120000000902 step=lifted
permit services-withheld nib=9120000000902 withheld=false office=PTSP-DPS
permit permit-cleared application_id=IZIN-DPS-0903 was_held=true

say "The whole story holds."
