#!/usr/bin/env bash
# Grants a principal the least rights on Kafka that the service needs, with Kafka's own kafka-acls.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: deploy/acl.sh --bootstrap-server HOST:PORT --principal User:NAME [options]

  --role ROLE            categorizer, sink, all (both; the default), or doctor: what `ticketstream doctor` reads
                         beyond that, the properties of topics and brokers
  --command-config FILE  how kafka-acls itself logs in, as one who may change ACLs
  --print                print the commands and run none

Groups and topics are those of the environment, as the service reads them: KAFKA_GROUP_ID and TOPIC_<NAME>.
OVERRIDES=off, TEXTS_KEPT_DAYS and CLICKHOUSE_URL count too. KAFKA_ACLS names the program when kafka-acls is not
in the PATH. Make the topics first, as somebody who may: `ticketstream topics create`. ACLs that exist stay.

Example:
  deploy/acl.sh --bootstrap-server broker-1:9093 --command-config admin.properties --principal User:ticketstream
  deploy/acl.sh --bootstrap-server broker-1:9093 --command-config admin.properties --principal User:CN=ticketstream --role sink
TEXT
}

wrong() {
  echo "acl.sh: $1; --help says more" >&2
  exit 2
}

server='' principal='' role=all config='' prints=''
while (($#)); do
  case $1 in
    --bootstrap-server | --principal | --role | --command-config)
      (($# > 1)) || wrong "$1 needs a value"
      case $1 in
        --bootstrap-server) server=$2 ;;
        --principal) principal=$2 ;;
        --role) role=$2 ;;
        --command-config) config=$2 ;;
      esac
      shift 2
      ;;
    --print) prints=yes; shift ;;
    --help | -h) usage; exit 0 ;;
    *) wrong "unknown option $1" ;;
  esac
done
[[ $server ]] || wrong '--bootstrap-server is missing'
[[ $principal == User:?* ]] || wrong '--principal is missing, or does not begin with User:'
case $role in categorizer | sink | all | doctor) ;; *) wrong "--role $role is not categorizer, sink, all or doctor" ;; esac

acls=${KAFKA_ACLS:-}
if [[ ! $acls && ! $prints ]]; then
  acls=$(command -v kafka-acls || command -v kafka-acls.sh) ||
    wrong 'kafka-acls is not in the PATH: it is in the bin folder of Apache Kafka; name it in KAFKA_ACLS'
fi

group=${KAFKA_GROUP_ID:-ticketstream}
created=${TOPIC_CREATED:-ticket-created}
corrected=${TOPIC_CORRECTED:-ticket-corrected}
categorized=${TOPIC_CATEGORIZED:-ticket-categorized}
recategorize=${TOPIC_RECATEGORIZE:-ticket-recategorize}
dead_letter=${TOPIC_DEAD_LETTER:-ticket-dead-letter}
audit=${TOPIC_AUDIT:-ticket-audit}
telemetry=${TOPIC_TELEMETRY:-ticket-telemetry}
alerts=${TOPIC_ALERTS:-ticket-alerts}
repeats=${TOPIC_REPEATS:-ticket-repeats}
overrides=${TOPIC_OVERRIDES:-ticket-overrides}
park=${TOPIC_PARK:-ticket-dead-letter-parked}
marks=${TOPIC_MARKS:-ticket-dead-letter-marks}

reads=() writes=()
# `run` looks for these at its start, whatever its role. READ and WRITE include DESCRIBE.
sees=("$created" "$corrected" "$categorized" "$recategorize" "$dead_letter" "$audit" "$telemetry" "$alerts")

grant() { # OPERATION OPTION…
  local command=("${acls:-kafka-acls}" --bootstrap-server "$server")
  if [[ $config ]]; then command+=(--command-config "$config"); fi
  command+=(--add --allow-principal "$principal" --operation "$@")
  if [[ $prints ]]; then
    printf '%q ' "${command[@]}"
    echo
  else
    "${command[@]}"
  fi
}

options() { # OPTION NAME…: fills `given`, with each name once
  local option=$1 name
  given=()
  while read -r name; do given+=("$option" "$name"); done < <(printf '%s\n' "${@:2}" | sort -u)
}

without() { # NAME… -- OTHER…: prints the names that are not among the others
  local name other
  local -a left=()
  while [[ $1 != -- ]]; do
    left+=("$1")
    shift
  done
  shift
  for name in "${left[@]}"; do
    for other in "$@"; do [[ $name != "$other" ]] || continue 2; done
    echo "$name"
  done
}

if [[ $role == doctor ]]; then
  options --topic "${sees[@]}" "$repeats" "$overrides" "$park" "$marks"
  grant DescribeConfigs "${given[@]}" --cluster
  options --topic "$repeats" "$overrides" "$park" "$marks"
  grant Describe "${given[@]}"
  exit 0
fi

groups=() ids=() coordinator=()
if [[ $role != sink ]]; then
  reads+=("$created" "$recategorize" "$repeats" "$alerts" "$marks")
  if [[ ${OVERRIDES:-on} != off ]]; then reads+=("$overrides"); fi
  writes+=("$categorized" "$recategorize" "$dead_letter" "$audit" "$repeats" "$telemetry" "$alerts")
  groups+=(--group "$group")
  ids+=(--transactional-id "$group.")
fi
if [[ $role != categorizer ]]; then
  reads+=("$categorized" "$corrected" "$telemetry" "$alerts" "$marks")
  if ((${TEXTS_KEPT_DAYS:-0} > 0)); then reads+=("$created"); fi
  writes+=("$dead_letter" "$telemetry" "$alerts")
  if [[ ${OVERRIDES:-on} != off ]]; then writes+=("$overrides"); fi
  groups+=(--group "$group-sink")
  ids+=(--transactional-id "$group-sink.")
  # Topics are read without joining a group; the client still looks for the coordinator of this one.
  if [[ $role == sink ]]; then coordinator=(--group "$group"); fi
fi
# People judge answers on the page, which every role serves where there is a ClickHouse.
if [[ $role != categorizer || ${CLICKHOUSE_URL:-} ]]; then writes+=("$corrected"); fi

mapfile -t sees < <(without "${sees[@]}" -- "${reads[@]}" "${writes[@]}")
options --topic "${reads[@]}"
grant Read "${given[@]}" "${groups[@]}"
options --topic "${writes[@]}"
grant Write "${given[@]}"
grant Write "${ids[@]}" --resource-pattern-type prefixed
# Either or both may be empty, which older shells take for an error.
if ((${#sees[@]})); then
  options --topic "${sees[@]}"
  grant Describe "${given[@]}" ${coordinator[@]+"${coordinator[@]}"}
elif ((${#coordinator[@]})); then
  grant Describe "${coordinator[@]}"
fi
