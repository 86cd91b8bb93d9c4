{#- Stores answers from the bytes of their records: an Avro container of records with the fields of `analytics.store.encoded`.

Nothing is taken that `schemas.field_rules` or the reader of bodies would refuse; what is refused here is decided there. -#}
INSERT INTO _categorizations
(
    event_id, ticket_event_id, ticket_id, revision, language, channel, category, subcategory, confidence,
    subcategory_confidence, decision, method, provisional, alternatives, model, taxonomy, policy, threshold_auto,
    threshold_suggest, fingerprint, explanation, source_topic, source_partition, source_offset, source_timestamp_ms,
    received_at, decode_us, lookup_us, queue_us, model_us, rules_us, wait_us, total_us, model_outcome, model_call_id,
    attempts, audit_probability, service_version, created_at, categorized_at, text_removed_chars,
    record_topic, record_partition, record_offset
)
WITH
    -- White space as str.strip of Python sees it.
    text -> NOT match(text, '[^\\x{09}-\\x{0d}\\x{1c}-\\x{20}\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}]')
        AS is_blank,
    text -> match(text, '[\\x{00}-\\x{1f}\\x{7f}-\\x{9f}\\x{2028}-\\x{202e}\\x{2066}-\\x{2069}]') AS has_control,
    text -> lengthUTF8(text) > 256 OR is_blank(text) AS is_long_or_blank,
    text -> is_long_or_blank(text) OR has_control(text) AS is_unfit,
    number -> NOT isFinite(number) AS is_infinite,
    -- Of a union of two ClickHouse takes any other branch for null. So each has a third one here, which no value may have.
    union -> isNotNull(variantElement(union, 'Bool')) AS is_third,
    ms -> ms < 946684800000 OR ms >= 4102444800000 AS is_strange
SELECT
    event_id, ticket_event_id, ticket_id, revision, variantElement(language, 'String'), variantElement(channel, 'String'), category, variantElement(subcategory, 'String'), confidence,
    variantElement(subcategory_confidence, 'Float64'), decision, method, provisional,
    arrayMap(
        label -> (label.1, label.2, variantElement(label.3, 'String'), variantElement(label.4, 'Float64')), alternatives),
    variantElement(model, 'String'), taxonomy, policy, threshold_auto,
    threshold_suggest, fingerprint, explanation, source_topic, source_partition, source_offset, source_timestamp_ms,
    fromUnixTimestamp64Micro(received_at, 'UTC'), decode_us, lookup_us, queue_us, model_us, rules_us, wait_us, total_us,
    model_outcome, variantElement(model_call_id, 'String'), attempts, audit_probability, service_version,
    fromUnixTimestamp64Milli(created_at, 'UTC'), fromUnixTimestamp64Milli(categorized_at, 'UTC'), text_removed_chars,
    record_topic, record_partition, record_offset
FROM input('
    record_topic LowCardinality(String), record_partition Int32, record_offset Int64,
    event_id String, ticket_event_id String, ticket_id String, revision Int32,
    language Variant(Bool, String), channel Variant(Bool, String),
    category LowCardinality(String), subcategory Variant(Bool, String),
    confidence Float64, subcategory_confidence Variant(Bool, Float64),
    decision LowCardinality(String), method LowCardinality(String), provisional Bool,
    alternatives Array(Tuple(
        category String, confidence Float64, subcategory Variant(Bool, String), subcategory_confidence Variant(Bool, Float64))),
    model Variant(Bool, String), taxonomy LowCardinality(String), policy LowCardinality(String),
    threshold_auto Float64, threshold_suggest Float64, fingerprint String, explanation Array(LowCardinality(String)),
    source_topic LowCardinality(String), source_partition Int32, source_offset Int64, source_timestamp_ms Int64,
    received_at Int64, decode_us Int64, lookup_us Int64, queue_us Int64, model_us Int64, rules_us Int64, wait_us Int64,
    total_us Int64, model_outcome LowCardinality(String), model_call_id Variant(Bool, String), attempts Int32,
    audit_probability Float64, service_version LowCardinality(String), created_at Int64, categorized_at Int64,
    text_removed_chars Int32, sentinel FixedString(16)
')
WHERE throwIf(
    sentinel != unhex('$sentinel')
    OR is_third(language) OR is_third(channel) OR is_third(subcategory) OR is_third(subcategory_confidence)
    OR is_third(model) OR is_third(model_call_id)
    -- A sign between them, so that no text completes another one.
    OR NOT isValidUTF8(concat(
        event_id, ' ', ticket_event_id, ' ', ticket_id, ' ', fingerprint, ' ', ifNull(variantElement(model_call_id, 'String'), '')))
    OR has_control(concat(event_id, ' ', ticket_event_id, ' ', ticket_id))
    OR is_long_or_blank(event_id) OR is_long_or_blank(ticket_event_id) OR is_long_or_blank(ticket_id)
    OR is_unfit(category) OR NOT isValidUTF8(category)
    OR ifNull(is_unfit(variantElement(subcategory, 'String')) OR NOT isValidUTF8(variantElement(subcategory, 'String')), 0)
    OR ifNull(NOT isValidUTF8(variantElement(language, 'String')), 0) OR ifNull(NOT isValidUTF8(variantElement(channel, 'String')), 0) OR ifNull(NOT isValidUTF8(variantElement(model, 'String')), 0)
    OR NOT isValidUTF8(taxonomy) OR NOT isValidUTF8(policy) OR NOT isValidUTF8(source_topic)
    OR NOT isValidUTF8(model_outcome) OR NOT isValidUTF8(service_version)
    OR arrayExists(text -> NOT isValidUTF8(text), explanation)
    OR arrayExists(
        label -> NOT isValidUTF8(concat(label.1, ' ', ifNull(variantElement(label.3, 'String'), ''))) OR is_unfit(label.1)
            OR is_third(label.3) OR is_third(label.4)
            OR ifNull(is_unfit(variantElement(label.3, 'String')), 0) OR is_infinite(label.2) OR is_infinite(ifNull(variantElement(label.4, 'Float64'), 0)),
        alternatives)
    OR is_infinite(confidence) OR is_infinite(ifNull(variantElement(subcategory_confidence, 'Float64'), 0)) OR is_infinite(threshold_auto)
    OR is_infinite(threshold_suggest) OR is_infinite(audit_probability)
    OR is_strange(intDiv(received_at, 1000)) OR is_strange(created_at) OR is_strange(categorized_at)
) = 0
FORMAT Avro
