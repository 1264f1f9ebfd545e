#!/bin/sh
# Runs the tests by the command given and says again at the end what failed, where, and with which seeds: among the lines
# of a thousand tests it would be looked for.
set -u

log=$(mktemp)
status=$(mktemp)
trap 'rm -f "$log" "$status"' EXIT
# Ctrl-C ends the tests, not those who write down what they say of it.
trap 'exit 130' INT
{
    "$@" 2>&1
    echo $? >"$status"
} | (trap '' INT && exec tee "$log")
code=$(cat "$status")
[ "$code" = 0 ] && exit 0
echo "==> what failed"
# A seed is printed by the test that draws it, before its issues; after an issue come lines that explain it.
awk '
    /^◇ Test / && !/^◇ Test case/ { count = 0 }
    /seed [0-9]+$|PERISAI_TEST_SEED=[0-9]+$/ { seeds[count++ % 4] = $0 }
    /^(↳|±)/ { if (explain) print "    " substr($0, 1, 500); next }
    { explain = 0 }
    /recorded an issue|unexpected signal|[Ff]atal error:/ {
        print substr($0, 1, 700)
        for (i = count > 4 ? count - 4 : 0; i < count; i++) print "    " seeds[i % 4]
        explain = 1
    }
' "$log" | tail -n 60
exit "$code"
