-- As node_modules/keystile/prisma/postgresql/migrations/*_change_feed/migration.sql has them.
CREATE OR REPLACE FUNCTION "keystile_key_inserted"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_catalog.pg_notify('keystile_changes', pg_catalog.left(pg_catalog.concat('i:', NEW."id"), 1000));
  RETURN NULL;
END;
$$;

CREATE OR REPLACE FUNCTION "keystile_key_changed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_catalog.pg_notify('keystile_changes', pg_catalog.left(pg_catalog.concat('k:', OLD."id"), 1000));
  PERFORM pg_catalog.pg_notify('keystile_changes', pg_catalog.left(pg_catalog.concat('k:', coalesce(NEW."id", OLD."id")), 1000));
  RETURN NULL;
END;
$$;

CREATE OR REPLACE FUNCTION "keystile_owner_changed"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  was jsonb := pg_catalog.to_jsonb(OLD);
  becomes jsonb := pg_catalog.to_jsonb(NEW);
  watched text;
BEGIN
  FOREACH watched IN ARRAY TG_ARGV LOOP
    IF pg_catalog.jsonb_object_field_text(was, watched) IS DISTINCT FROM pg_catalog.jsonb_object_field_text(becomes, watched) THEN
      PERFORM pg_catalog.pg_notify('keystile_changes', pg_catalog.left(pg_catalog.concat('o:', OLD."id"), 1000));
      PERFORM pg_catalog.pg_notify('keystile_changes', pg_catalog.left(pg_catalog.concat('o:', coalesce(NEW."id", OLD."id")), 1000));
      EXIT;
    END IF;
  END LOOP;
  RETURN NULL;
END;
$$;

CREATE OR REPLACE FUNCTION "keystile_truncated"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_catalog.pg_notify('keystile_changes', pg_catalog.left('*', 1000));
  RETURN NULL;
END;
$$;

DROP TRIGGER IF EXISTS "keystile_key_inserted" ON "api_keys";
CREATE TRIGGER "keystile_key_inserted" AFTER INSERT ON "api_keys" FOR EACH ROW EXECUTE FUNCTION "keystile_key_inserted"();
ALTER TABLE "api_keys" ENABLE ALWAYS TRIGGER "keystile_key_inserted";

DROP TRIGGER IF EXISTS "keystile_key_changed" ON "api_keys";
CREATE TRIGGER "keystile_key_changed" AFTER UPDATE OF "id", "user_id", "name", "key_hash", "key_prefix", "hash_alg", "scopes", "is_active", "expires_at", "revoked_at", "revoked_reason", "rotated_from_id", "metadata", "allowed_ips", "rate_limit", "created_at" OR DELETE ON "api_keys" FOR EACH ROW EXECUTE FUNCTION "keystile_key_changed"();
ALTER TABLE "api_keys" ENABLE ALWAYS TRIGGER "keystile_key_changed";

DROP TRIGGER IF EXISTS "keystile_truncated" ON "api_keys";
CREATE TRIGGER "keystile_truncated" AFTER TRUNCATE ON "api_keys" FOR EACH STATEMENT EXECUTE FUNCTION "keystile_truncated"();
ALTER TABLE "api_keys" ENABLE ALWAYS TRIGGER "keystile_truncated";

DROP TRIGGER IF EXISTS "keystile_owner_changed" ON "users";
CREATE TRIGGER "keystile_owner_changed" AFTER UPDATE OR DELETE ON "users" FOR EACH ROW EXECUTE FUNCTION "keystile_owner_changed"('id', 'email', 'name', 'is_active');
ALTER TABLE "users" ENABLE ALWAYS TRIGGER "keystile_owner_changed";

DROP TRIGGER IF EXISTS "keystile_truncated" ON "users";
CREATE TRIGGER "keystile_truncated" AFTER TRUNCATE ON "users" FOR EACH STATEMENT EXECUTE FUNCTION "keystile_truncated"();
ALTER TABLE "users" ENABLE ALWAYS TRIGGER "keystile_truncated";
