-- What a call of the model cost: tokens and a price. NULL where the model told nothing, as it is for other operations.

ALTER TABLE _telemetry
    ADD COLUMN IF NOT EXISTS input_tokens Nullable(Int64) AFTER service_version,
    ADD COLUMN IF NOT EXISTS cached_tokens Nullable(Int64) AFTER input_tokens,
    ADD COLUMN IF NOT EXISTS output_tokens Nullable(Int64) AFTER cached_tokens,
    ADD COLUMN IF NOT EXISTS cost Nullable(Float64) AFTER output_tokens;
