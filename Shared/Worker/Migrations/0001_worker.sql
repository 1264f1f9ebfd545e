-- Where each input partition goes on: the truth about progress, compared and swapped by every batch.
CREATE TABLE worker_offset (
    topic       text   NOT NULL,
    partition   int    NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);

-- Events seen, by their key (source and id); an event that comes again is dropped.
CREATE TABLE inbox (
    event_key uuid NOT NULL PRIMARY KEY,
    seen_on   date NOT NULL DEFAULT current_date
);
-- For forgetting old ones; as good as free to keep, since rows come in the order of their dates.
CREATE INDEX inbox_seen ON inbox USING brin (seen_on);

-- Records to publish: one row for each input partition of a batch, deleted once Kafka has acknowledged them.
CREATE TABLE outbox (
    topic      text        NOT NULL,
    partition  int         NOT NULL,
    position   bigint      NOT NULL,
    records    int         NOT NULL,
    payload    bytea       COMPRESSION lz4 NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, partition, position)
);
