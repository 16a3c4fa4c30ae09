-- Functions that table definitions need. No extension is required anywhere.

do $$
begin
  if to_regproc('uuidv7') is null then  -- built in from PostgreSQL 18; RFC 9562 section 5.7
    create function uuidv7() returns uuid language sql volatile as $f$
      select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6),
        52, 1), 53, 1), 'hex')::uuid $f$;
  end if;
end $$;

create function asset_words(name text, collection text, tags text[]) returns tsvector language sql immutable as $$
  select to_tsvector('simple'::regconfig, name || ' ' || coalesce(collection, '') || ' ' || array_to_string(tags, ' ')) $$;
