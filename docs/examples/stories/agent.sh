#!/bin/sh
# An agent's story: applies, is trained and examined, signs, is certified, acquires, is suspended and resumed, ends after
# three idle months, is too early, and returns. Needs a running stack, as permit-office.sh does; a second run changes
# nothing.
set -eu

say() { printf '\n== %s\n' "$*"; }
event() {
    printf '{"specversion":"1.0","id":"%s","source":"/branch/story","type":"id.perisai.%s.v1","time":"%sT09:00:00+08:00","data":%s}\n' \
        "$2" "$1" "$3" "$4" | perisai publish --resolve-from-enrollment - >/dev/null
}
answer() { topic=$1 type=$2; shift 2; perisai tail "$topic" --count 1 --wait 300 --type "$type" "$@"; }
where() { for pair in "$@"; do printf -- '--match %s ' "$pair"; done; }
decision() { type=$1; shift; answer enrollment.events.v1 "$type" $(where "$@"); }
change() { type=$1; shift; answer commission.events.v1 "$type" $(where "$@"); }
# A proposal by one person, approved by another. Before its day has come it is refused: it is made again, for five
# minutes at most.
decide() {
    tries=0
    until said=$("$@" --by ani 2>&1); do
        tries=$((tries + 1))
        [ "$tries" -lt 300 ] || { echo "$said"; exit 1; }
        sleep 1
    done
    perisai commissions approve "$(echo "$said" | sed -n 's/^proposal \([0-9a-f-]*\) .*/\1/p')" --by budi
}
# TEXT COMMAND…: the line of the command that holds the text, once there is one; five minutes at most.
shown() {
    text=$1 tries=0; shift
    until "$@" | grep "$text"; do
        tries=$((tries + 1))
        [ "$tries" -lt 300 ] || { echo "waited in vain for: $text"; exit 1; }
        sleep 1
    done
}

say "1. Ni Wayan Suri applies under a wadah; a document is missing."
perisai clock 2018-03-01 2018-07-09
event agent-applied story-a1 2018-07-09 '{"agent_id":"PRS-DPS-99001","wadah_id":"WDH-DPS-9901","branch":"DPS","name":"Ni Wayan Suri","nik":"5171016506850921","phone":"081234560921","bank":"009","account_number":"0987654321","account_holder":"Ni Wayan Suri","has_device":true,"documents":["ktp"],"is_staff":false,"applied_on":"2018-07-09"}'
event agent-documented story-a2 2018-07-10 '{"agent_id":"PRS-DPS-99001","documents":["account_book"],"received_on":"2018-07-10"}'

say "2. Trained; the exam is failed; the wadah signs all the same: refused, with the reason."
event agent-trained story-a3 2018-07-11 '{"agent_id":"PRS-DPS-99001","trained_on":"2018-07-11"}'
event agent-examined story-a4 2018-07-12 '{"agent_id":"PRS-DPS-99001","passed":false,"examined_on":"2018-07-12"}'
event agent-signed story-a5 2018-07-13 '{"agent_id":"PRS-DPS-99001","wadah_id":"WDH-DPS-9901","signed_on":"2018-07-13","contract_until":"2021-06-30","agents_listed":3}'
decision agent-refused agent_id=PRS-DPS-99001 reasons.code=EXAM_FAILED

say "3. The exam is passed the second time; the own membership is still missing; once it is there, she is certified."
event agent-examined story-a6 2018-07-16 '{"agent_id":"PRS-DPS-99001","passed":true,"examined_on":"2018-07-16"}'
event participant-submitted story-a7 2018-07-17 '{"submission_id":"STORY-SURI","nik":"5171016506850921","name":"Ni Wayan Suri","phone":"081234560921","programmes":["JKK","JKM","JHT"],"monthly_income":1000000,"occupation":"other","business_owner":true,"consent":true,"branch":"DPS","submitted_on":"2018-07-17","first_month":"2018-07"}'
decision agent-activated agent_id=PRS-DPS-99001
decision agent-credentialed agent_id=PRS-DPS-99001
event payment-received story-a8 2018-07-18 '{"bank":"009","reference":"STORY-A8","virtual_account":"${VA:STORY-SURI}","amount":441600,"booked_on":"2018-07-18"}'

say "4. She acquires an ojek driver, who pays."
event participant-submitted story-a9 2018-07-19 '{"submission_id":"S-0001","agent_id":"PRS-DPS-99001","nik":"5171010202880931","name":"I Gede Ojek","phone":"081234560931","programmes":["JKK","JKM"],"monthly_income":1000000,"occupation":"transport","consent":true,"branch":"DPS","submitted_on":"2018-07-19","first_month":"2018-07"}'
decision participant-enrolled agent_id=PRS-DPS-99001 submission_id=S-0001
event payment-received story-a10 2018-07-20 '{"bank":"009","reference":"STORY-A10","virtual_account":"${VA:5171010202880931}","amount":16800,"booked_on":"2018-07-20"}'

say "5. The branch suspends her: what she hands in is refused. Then it resumes her."
event agent-suspended story-a11 2018-07-23 '{"agent_id":"PRS-DPS-99001","reason":"pengaduan peserta","suspended_on":"2018-07-23"}'
decision agent-standing-changed agent_id=PRS-DPS-99001 standing=suspended
event participant-submitted story-a12 2018-07-24 '{"submission_id":"S-0002","agent_id":"PRS-DPS-99001","nik":"5171010303890932","name":"I Made Kurir","programmes":["JKK","JKM"],"monthly_income":1000000,"occupation":"transport","branch":"DPS","submitted_on":"2018-07-24","first_month":"2018-07"}'
decision submission-refused agent_id=PRS-DPS-99001 submission_id=S-0002 reasons.code=AGENT_SUSPENDED
event agent-resumed story-a13 2018-07-30 '{"agent_id":"PRS-DPS-99001","resumed_on":"2018-07-30"}'
decision agent-standing-changed agent_id=PRS-DPS-99001 standing=active

say "6. Three months without an acquisition and without a contribution: two warnings, and the end."
perisai clock 2018-07-10 2018-11-10
change agency-changed agent_id=PRS-DPS-99001 change=idle-1
change agency-changed agent_id=PRS-DPS-99001 change=idle-2
change agency-changed agent_id=PRS-DPS-99001 change=ended

say "7. She applies again under another number: too early."
event agent-applied story-a14 2018-12-03 '{"agent_id":"PRS-DPS-99002","wadah_id":"WDH-DPS-9901","branch":"DPS","name":"Ni Wayan Suri","nik":"5171016506850921","phone":"081234560921","bank":"009","account_number":"0987654321","account_holder":"Ni Wayan Suri","has_device":true,"applied_on":"2018-12-03"}'
decision agent-refused agent_id=PRS-DPS-99002 reasons.code=REENTRY_TOO_EARLY

say "8. Six months later her wadah asks for her: two persons decide, and she may acquire again."
perisai clock 2018-11-11 2019-05-03
# Unless an earlier run has brought her back.
if perisai agencies show PRS-DPS-99001 | grep '^ended'; then
    decide perisai wadah contract WDH-DPS-9901 --name "Koperasi Suri" --branch DPS --bank 009 --account 1122334455 --from 2019-05-01 --until 2021-06-30
    change wadah-changed wadah_id=WDH-DPS-9901
    decide perisai agencies reactivate PRS-DPS-99001 --wadah WDH-DPS-9901 --on 2019-05-02
fi
change agency-changed agent_id=PRS-DPS-99001 change=reactivated
shown '^active since 2019-05-02' perisai agents show PRS-DPS-99001
event participant-submitted story-a15 2019-05-03 '{"submission_id":"S-0003","agent_id":"PRS-DPS-99001","nik":"5171010303890932","name":"I Made Kurir","programmes":["JKK","JKM"],"monthly_income":1000000,"occupation":"transport","branch":"DPS","submitted_on":"2019-05-03","first_month":"2019-05"}'
decision participant-enrolled agent_id=PRS-DPS-99001 submission_id=S-0003
perisai agents show PRS-DPS-99001

say "The whole story holds."
