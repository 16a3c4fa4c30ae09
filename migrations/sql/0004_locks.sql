-- Raw and locked results: their maps, and the mark of an edit that used a raw output as it came.

-- What the model changed altogether, allowed or not, and how far its colours were off, as small pictures.
alter table candidates add column found_sha256 varchar(64) references blobs;
alter table candidates add column heat_sha256 varchar(64) references blobs;

-- Whether an output was used as it came, without the lock, and why. The mark and the recipe can't differ: the recipe is
-- canonical JSON, in which what people typed can't hold an unescaped quotation mark. An edit's question never changes
-- (keep_edit), so neither do mark and reason.
alter table edits add column raw boolean not null default false;
alter table edits add column reason text not null default '';
alter table edits add constraint edits_raw check (raw = (position('"lock":{"raw":true}' in recipe) > 0));
alter table edits add constraint edits_reason check (raw = (length(trim(reason)) > 0));

alter table events drop constraint events_verb_check;
alter table events add constraint events_verb_check check (verb ~ '^[a-z]+:[a-z]+(_[a-z]+)*$');
