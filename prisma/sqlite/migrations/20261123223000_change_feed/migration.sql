-- CreateTable
CREATE TABLE "keystile_changes" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "payload" TEXT NOT NULL
);

-- Triggers, as src/change-feed/triggers.ts makes them.
DROP TRIGGER IF EXISTS "keystile_key_inserted";
CREATE TRIGGER "keystile_key_inserted" AFTER INSERT ON "api_keys"
BEGIN
  INSERT INTO "keystile_changes" ("payload") SELECT 'i:' || coalesce(NEW."id", '');
END;

DROP TRIGGER IF EXISTS "keystile_key_updated";
CREATE TRIGGER "keystile_key_updated" AFTER UPDATE OF "id", "user_id", "name", "key_hash", "key_prefix", "hash_alg", "scopes", "is_active", "expires_at", "revoked_at", "revoked_reason", "rotated_from_id", "metadata", "allowed_ips", "rate_limit", "created_at" ON "api_keys"
BEGIN
  INSERT INTO "keystile_changes" ("payload") SELECT 'k:' || coalesce(OLD."id", '');
  INSERT INTO "keystile_changes" ("payload") SELECT 'k:' || coalesce(NEW."id", '') WHERE NEW."id" IS NOT OLD."id";
END;

DROP TRIGGER IF EXISTS "keystile_key_deleted";
CREATE TRIGGER "keystile_key_deleted" AFTER DELETE ON "api_keys"
BEGIN
  INSERT INTO "keystile_changes" ("payload") SELECT 'k:' || coalesce(OLD."id", '');
END;

DROP TRIGGER IF EXISTS "keystile_key_replaced_by_insert";
CREATE TRIGGER "keystile_key_replaced_by_insert" BEFORE INSERT ON "api_keys"
BEGIN
  INSERT INTO "keystile_changes" ("payload") SELECT 'k:' || coalesce("id", '') FROM "api_keys" WHERE "key_hash" = NEW."key_hash" OR "rotated_from_id" = NEW."rotated_from_id";
END;

DROP TRIGGER IF EXISTS "keystile_key_replaced_by_update";
CREATE TRIGGER "keystile_key_replaced_by_update" BEFORE UPDATE OF "key_hash", "rotated_from_id" ON "api_keys"
BEGIN
  INSERT INTO "keystile_changes" ("payload") SELECT 'k:' || coalesce("id", '') FROM "api_keys" WHERE "key_hash" = NEW."key_hash" OR "rotated_from_id" = NEW."rotated_from_id";
END;

DROP TRIGGER IF EXISTS "keystile_owner_inserted";
CREATE TRIGGER "keystile_owner_inserted" AFTER INSERT ON "users"
BEGIN
  INSERT INTO "keystile_changes" ("payload") SELECT 'o:' || coalesce(NEW."id", '');
END;

DROP TRIGGER IF EXISTS "keystile_owner_updated";
CREATE TRIGGER "keystile_owner_updated" AFTER UPDATE OF "id", "email", "name", "is_active" ON "users"
BEGIN
  INSERT INTO "keystile_changes" ("payload") SELECT 'o:' || coalesce(OLD."id", '');
  INSERT INTO "keystile_changes" ("payload") SELECT 'o:' || coalesce(NEW."id", '') WHERE NEW."id" IS NOT OLD."id";
END;

DROP TRIGGER IF EXISTS "keystile_owner_deleted";
CREATE TRIGGER "keystile_owner_deleted" AFTER DELETE ON "users"
BEGIN
  INSERT INTO "keystile_changes" ("payload") SELECT 'o:' || coalesce(OLD."id", '');
END;

DROP TRIGGER IF EXISTS "keystile_owner_replaced_by_insert";
CREATE TRIGGER "keystile_owner_replaced_by_insert" BEFORE INSERT ON "users"
BEGIN
  INSERT INTO "keystile_changes" ("payload") SELECT 'o:' || coalesce("id", '') FROM "users" WHERE "email" = NEW."email";
END;

DROP TRIGGER IF EXISTS "keystile_owner_replaced_by_update";
CREATE TRIGGER "keystile_owner_replaced_by_update" BEFORE UPDATE OF "email" ON "users"
BEGIN
  INSERT INTO "keystile_changes" ("payload") SELECT 'o:' || coalesce("id", '') FROM "users" WHERE "email" = NEW."email";
END;

DROP TRIGGER IF EXISTS "keystile_changes_pruned";
CREATE TRIGGER "keystile_changes_pruned" AFTER INSERT ON "keystile_changes"
BEGIN
  DELETE FROM "keystile_changes" WHERE "id" <= NEW."id" - 10000;
END;

UPDATE "keystile_schema" SET "version" = 2 WHERE "id" = 1;
