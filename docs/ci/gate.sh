#!/bin/sh
# The gate with curl alone. Needs PHAROS_URL, and PHAROS_TOKEN where the server asks for one; ends with 0 for pass or warning,
# 20 for fail, 30 where there is no judgement, 40 when it lasts longer than ten minutes, 22 when the server refuses (it says why),
# and curl's own exit code when the server cannot be reached.
set -eu

project=shop stage=staging service=carts
# Only retries of this request may find its evaluation. With one key for the whole job, every later gate of the job would get the
# first one's result.
key=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# Prints the status code; ?status=result makes it depend on the result. Repeating the request with the same key waits for the same
# evaluation.
ask() {
  curl --silent --show-error --retry 10 --retry-connrefused --retry-delay 1 \
    --request POST "${PHAROS_URL%/}/v1/projects/$project/stages/$stage/services/$service/evaluations?status=result" \
    --header "Authorization: Bearer ${PHAROS_TOKEN:-none}" --header "Idempotency-Key: $key" --header 'Prefer: wait=30' \
    --header 'Content-Type: application/json' \
    --data '{"window": {"timeframe": "15m"}, "labels": {"buildId": "'"${BUILD:-unknown}"'"}}' \
    --output "$answer" --write-out '%{http_code}'
}

tries=0
while status=$(ask) || exit; [ "$status" = 202 ]; do
  tries=$((tries + 1))
  if [ "$tries" -gt 20 ]; then echo "the evaluation has not ended" >&2; exit 40; fi
done

cat "$answer"
echo
case $status in
  200) ;;
  412) exit 20 ;;
  424) exit 30 ;;
  *) exit 22 ;;
esac
