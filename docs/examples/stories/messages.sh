#!/bin/sh
# What one person is told in half a year: welcome, receipt, reminders refused and wanted again, arrears, lapse and return;
# and how an operator proves it. Every line is a command that the staff of a branch would type.
#
# Needs a running stack (make demo DEMO_FLAGS="--short --keep") whose export lines stand in this shell; its SMS go through
# two gateways that fail one post in twenty. Running it a second time changes nothing: events are known by source and id.
set -eu

say() { printf '\n== %s\n' "$*"; }
# TYPE ID DATE DATA: one CloudEvent a line.
event() {
    printf '{"specversion":"1.0","id":"%s","source":"/cabang/story","type":"id.perisai.%s.v1","time":"%sT09:00:00+08:00","data":%s}\n' \
        "$2" "$1" "$3" "$4" | perisai publish --resolve-from-enrollment - >/dev/null
}
# TEXT COMMAND…: the line of the command that holds the text, once there is one; a minute at most.
shown() {
    text=$1 tries=0; shift
    until "$@" | tee "$found" | grep -q "$text"; do
        tries=$((tries + 1))
        [ "$tries" -lt 60 ] || { cat "$found"; echo "waited in vain for: $text"; exit 1; }
        sleep 1
    done
    grep "$text" "$found" | head -n 1
}
history() { shown "$1" perisai notifications list --participant "$kpj" --limit 100; }
contact() { shown "$1" perisai contacts show --participant "$kpj"; }
found=$(mktemp)
trap 'rm -f "$found"' EXIT

say "1. Ni Made Laris enrols herself. She is welcomed by SMS."
perisai clock 2018-03-01 2018-07-02
event participant-submitted story-m1 2018-07-02 '{"submission_id":"STORY-LARIS","nik":"5171016506850971","name":"Ni Made Laris","phone":"081234560971","programmes":["JKK","JKM"],"monthly_income":1000000,"occupation":"other","consent":true,"branch":"DPS","submitted_on":"2018-07-02","first_month":"2018-07"}'
kpj=$(perisai tail enrollment.events.v1 --count 1 --wait 300 --type participant-enrolled --match submission_id=STORY-LARIS | sed 's/.*"kpj":"\([0-9]*\)".*/\1/')
history 'welcome-participant .*delivered'

say "2. She pays July. The receipt says until when she is protected."
event payment-received story-m2 2018-07-03 '{"bank":"009","reference":"STORY-M2","virtual_account":"${VA:STORY-LARIS}","amount":16800,"booked_on":"2018-07-03"}'
history 'receipt .*delivered'
receipt=$(perisai notifications list --participant "$kpj" --kind receipt --csv | sed -n '2s/,.*//p')
perisai notifications show "$receipt" --text

say "3. Five days before the 15th of August she is reminded."
perisai clock 2018-07-03 2018-08-10
history 'reminder-participant .*delivered'

say "4. She does not want reminders, and wants letters in English by SMS. What the law asks for still comes."
perisai contacts state --participant "$kpj" --refuse reminders --language en --by loket-denpasar --on 2018-08-10
contact 'language  *en'
perisai contacts show --participant "$kpj"

say "5. August stays unpaid. Arrears are reminders too: she has refused them, and the message says so."
perisai clock 2018-08-11 2018-08-16
history 'arrears-1 .*NO_CONSENT'

say "6. She wants them again. September, October: the second and the third month. November: the cover ends."
perisai contacts state --participant "$kpj" --accept reminders --by loket-denpasar --on 2018-08-17
contact 'consent.reminders  *yes'
perisai clock 2018-08-17 2018-09-18
history 'arrears-2 .*delivered'
perisai clock 2018-09-19 2018-10-16
history 'arrears-3 .*delivered'
perisai clock 2018-10-17 2018-11-16
history 'lapse .*delivered'

say "7. She pays one month and is back. Old arrears are not collected."
event payment-received story-m7 2018-11-17 '{"bank":"009","reference":"STORY-M7","virtual_account":"${VA:STORY-LARIS}","amount":16800,"booked_on":"2018-11-17"}'
history 'return .*delivered'

say "8. The proof: her whole history, and figures by channel and provider."
perisai notifications list --participant "$kpj"
perisai notifications stats --by provider

say "The whole story holds."
