{#- What the views `categorizations` and `tickets` have in common: the columns of one answer. -#}

{%- macro columns() -%}
    event_id               String COMMENT 'Id of this answer.',
    ticket_event_id        String COMMENT 'event_id of the input record.',
    ticket_id              String COMMENT 'Id of the ticket, as its publisher wrote it.',
    revision               Int32 COMMENT '0 for the first answer to an input record; higher when it was answered again.',
    language               LowCardinality(Nullable(String)) COMMENT 'Language of the ticket; NULL when it is not known.',
    channel                LowCardinality(Nullable(String)) COMMENT 'Channel of the ticket; NULL when it is not known.',
    category               LowCardinality(String) COMMENT 'Category that was answered.',
    subcategory            LowCardinality(Nullable(String)) COMMENT 'Subcategory that was answered; NULL for none.',
    confidence             Float64 COMMENT 'Confidence of the category, 0 to 1.',
    subcategory_confidence Nullable(Float64) COMMENT 'Confidence of the subcategory, given the category, 0 to 1.',
    decision               LowCardinality(String) COMMENT 'AUTO, SUGGEST or REVIEW; UNKNOWN for answers that the library only tracked.',
    method                 LowCardinality(String) COMMENT 'MODEL, CACHE, OVERRIDE or RULES; UNKNOWN for answers that the library only tracked.',
    provisional            Bool COMMENT 'True when the model could not be asked; a later revision will follow.',
    alternatives           Array(Tuple(
                               category String,
                               confidence Float64,
                               subcategory Nullable(String),
                               subcategory_confidence Nullable(Float64))) COMMENT 'At most three labels that the model gave, best first.',
    model                  LowCardinality(Nullable(String)) COMMENT 'Name and version of the model; NULL when no model answered.',
    taxonomy               LowCardinality(String) COMMENT 'Version of the taxonomy.',
    policy                 LowCardinality(String) COMMENT 'Version of the threshold policy.',
    threshold_auto         Float64 COMMENT 'Confidence from which an answer is AUTO.',
    threshold_suggest      Float64 COMMENT 'Confidence from which an answer is SUGGEST.',
    fingerprint            String COMMENT 'Equal for texts that count as the same.',
    explanation            Array(LowCardinality(String)) COMMENT 'Codes that say how the answer came about; never words of the ticket.',
    source_topic           LowCardinality(String) COMMENT 'Topic of the input record; `library` for rows of the library.',
    source_partition       Int32 COMMENT 'Partition of the input record.',
    source_offset          Int64 COMMENT 'Offset of the input record.',
    received_at            DateTime64(6, 'UTC') COMMENT 'When the service read the input record.',
    model_outcome          LowCardinality(String) COMMENT 'answered, not_asked, timeout, unavailable, refused, garbled, breaker_open or deadline.',
    model_call_id          Nullable(String) COMMENT 'Id of the call to the model; one call answers many tickets.',
    attempts               Int32 COMMENT 'Tries of that call; 0 for a hit of the cache, and for a ticket that shared the call of an equal text.',
    audit_probability      Float64 COMMENT 'Probability with which the answer was drawn for the audit; 0 when it was not drawn.',
    service_version        LowCardinality(String) COMMENT 'Version of ticketstream that answered.',
    created_at             DateTime64(3, 'UTC') COMMENT 'When the ticket was written, as its publisher says.',
    categorized_at         DateTime64(3, 'UTC') COMMENT 'When the ticket was answered.',
    text_removed_chars     Int32 COMMENT 'Characters of mail and HTML around the message that were not read; 0 for none.',
    source_timestamp       DateTime64(3, 'UTC') COMMENT 'Timestamp of the input record in Kafka; outside of 1900 to 2299 the nearer end.',
    decode_ms              Float64 COMMENT 'Milliseconds that reading the input record took.',
    lookup_ms              Float64 COMMENT 'Milliseconds that looking up overrides and the cache took.',
    queue_ms               Float64 COMMENT 'Milliseconds of waiting for a call to the model.',
    model_ms               Float64 COMMENT 'Milliseconds that the call to the model took.',
    rules_ms               Float64 COMMENT 'Milliseconds that the rules took.',
    wait_ms                Float64 COMMENT 'Milliseconds of waiting for earlier tickets of its partition.',
    total_ms               Float64 COMMENT 'Milliseconds from reading the input record to handing the answer to the transaction.'
{%- endmacro -%}

{%- macro fields() -%}
* EXCEPT (
        source_timestamp_ms, decode_us, lookup_us, queue_us, model_us, rules_us, wait_us, total_us,
        record_topic, record_partition, record_offset),
    {{ source_timestamp() }},
    decode_us / 1000 AS decode_ms,
    lookup_us / 1000 AS lookup_ms,
    queue_us / 1000 AS queue_ms,
    model_us / 1000 AS model_ms,
    rules_us / 1000 AS rules_ms,
    wait_us / 1000 AS wait_ms,
    total_us / 1000 AS total_ms
{%- endmacro -%}

{#- DateTime64 reaches from 1900 to 2299. Outside of that, Kafka's timestamp shows as the nearer end. -#}
{%- macro source_timestamp() -%}
fromUnixTimestamp64Milli(
        least(greatest(source_timestamp_ms, -2208988800000), 10413791999999), 'UTC') AS source_timestamp
{%- endmacro -%}
