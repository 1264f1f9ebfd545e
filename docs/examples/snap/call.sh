#!/bin/sh
# Calls payment-reconciler as a bank does: takes an access token, signs a request file and sends it.
#   call.sh inquiry inquiry.json
#   call.sh payment payment.json
# Needs curl, jq and openssl. The environment says who calls:
#   SNAP_URL     http://127.0.0.1:8082
#   SNAP_PARTNER partner id, as in PERISAI_SNAP_PARTNERS
#   SNAP_SECRET  the client secret of the same entry
#   SNAP_KEY     file of the RSA private key whose public half the entry names
set -eu
service=$1
file=$2
folder=$(dirname "$0")
now() { TZ=Asia/Jakarta date +%Y-%m-%dT%H:%M:%S+07:00; }

# 1. Access token: SHA256withRSA over "client key|timestamp".
time=$(now)
signature=$(printf '%s|%s' "$SNAP_PARTNER" "$time" | openssl dgst -sha256 -sign "$SNAP_KEY" | openssl base64 -A)
token=$(curl -sS "$SNAP_URL/v1.0/access-token/b2b" -H 'Content-Type: application/json' -H "X-TIMESTAMP: $time" \
    -H "X-CLIENT-KEY: $SNAP_PARTNER" -H "X-SIGNATURE: $signature" --data-binary @"$folder/access-token.json" |
    jq -r '.accessToken // error(tostring)')

# 2. The call: HMAC-SHA512 over "POST:path:token:SHA-256 of the minified body:timestamp".
path=/v1.0/transfer-va/$service
body=$(jq -c . "$file")
hash=$(printf '%s' "$body" | openssl dgst -sha256 -r | cut -d' ' -f1)
time=$(now)
signature=$(printf '%s' "POST:$path:$token:$hash:$time" | openssl dgst -sha512 -hmac "$SNAP_SECRET" -binary |
    openssl base64 -A)
printf '%s' "$body" | curl -sS "$SNAP_URL$path" -H 'Content-Type: application/json' -H "Authorization: Bearer $token" \
    -H "X-TIMESTAMP: $time" -H "X-SIGNATURE: $signature" -H "X-PARTNER-ID: $SNAP_PARTNER" \
    -H "X-EXTERNAL-ID: $(date +%s%N)" -H 'CHANNEL-ID: 95231' --data-binary @- | jq .
