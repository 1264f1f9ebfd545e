#!/bin/sh
# Says whether a post is ours: verify.sh SECRET-FILE ID TIMESTAMP SIGNATURE BODY-FILE
set -eu
secret=$(cat "$1")
expected=$({ printf '%s.%s.' "$2" "$3"; cat "$5"; } | openssl dgst -sha256 -hmac "$secret" -r | cut -d' ' -f1)
case ",$4," in
*",v1=$expected,"*) echo right ;;
*) echo wrong; exit 1 ;;
esac
