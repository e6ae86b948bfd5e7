#!/usr/bin/env bash
# train.sh PICTURES ID FILE.safetensors: trains a small classifier over the HTTP API, follows it, and fetches its weights. As train.py beside it, with curl.
# PGM_API is the API's address (http://127.0.0.1:8081), PGM_API_KEY a key where one is asked for.
set -euo pipefail
[ $# = 3 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }
pictures=$1 run=$2 file=$3
api=${PGM_API:-http://127.0.0.1:8081}/api/v1

# ask METHOD PATH [BODY]: calls the API; its refusals say in one line what to do.
ask() {
  local answer
  answer=$(curl -sS --max-time 60 -X "$1" "$api$2" ${PGM_API_KEY:+-H "Authorization: Bearer $PGM_API_KEY"} ${3:+-H 'Content-Type: application/json' -d "$3"} -w '\n%{http_code}')
  [ "${answer##*$'\n'}" -lt 400 ] || { sed -n 's/.*"detail":"\([^"]*\)".*/\1/p' <<< "$answer" >&2; return 1; }
  printf '%s\n' "${answer%$'\n'*}"
}

# member NAME: the value of a member of the JSON that comes in, the first of that name.
member() { grep -oE "\"$1\":(\"[^\"]*\"|[^,}]*)" | head -1 | sed -E 's/^[^:]*:"?//; s/"$//'; }

# follow PATH: the states of a job, a line of JSON each, until it is at rest; where the connection breaks, from the present one on.
follow() {
  local phase=
  until [[ $phase =~ ^(completed|failed|cancelled|paused|parked)$ ]]; do
    while read -r state; do
      phase=$(member phase <<< "$state")
      printf '%s\n' "$state"
    done < <(curl -sSN "$api$1/events" ${PGM_API_KEY:+-H "Authorization: Bearer $PGM_API_KEY"} | sed -un 's/^data: //p')
    [ -n "$phase" ] || sleep 1
  done
}

registered=$(ask PUT "/datasets/$run-data" "{\"location\": \"$pictures\", \"validationImages\": 1000}")
job=$(member job <<< "$registered")
case $job in '' | null) ;; *) follow "/registrations/$job" > /dev/null ;; esac
ask PUT "/runs/$run" "{\"preset\": \"classifier-smoke\", \"dataset\": \"$run-data\", \"set\": {\"training.steps\": \"40\"}}" > /dev/null
follow "/runs/$run" | while read -r state; do
  echo "$run: $(member phase <<< "$state"), step $(member done <<< "$state") of $(member total <<< "$state")"
done
result=$(ask GET "/runs/$run/result")
weights=$(grep -oE '"weights":\{[^}]*\}' <<< "$result")
sha256=$(member sha256 <<< "$weights")
curl -sS --fail -o "$file" "$api/artifacts/$sha256/$(member size <<< "$weights")/$(member name <<< "$weights")" ${PGM_API_KEY:+-H "Authorization: Bearer $PGM_API_KEY"}
sha256sum --check --quiet <<< "$sha256  $file"
LC_ALL=C printf 'loss %.4f, weights %.12s, they are in %s\n' "$(member finalLoss <<< "$result")" "$(member weightsSha256 <<< "$result")" "$file"
