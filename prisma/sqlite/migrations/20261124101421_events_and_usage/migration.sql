-- CreateTable
CREATE TABLE "api_key_events" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "type" TEXT NOT NULL,
    "api_key_id" TEXT NOT NULL,
    "owner_id" TEXT NOT NULL,
    "actor" TEXT,
    "ip" TEXT,
    "changes" TEXT,
    "created_at" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "api_key_usage" (
    "api_key_id" TEXT NOT NULL,
    "hour" DATETIME NOT NULL,
    "allowed" BIGINT NOT NULL DEFAULT 0,
    "denied" BIGINT NOT NULL DEFAULT 0,

    PRIMARY KEY ("api_key_id", "hour")
);

-- CreateIndex
CREATE INDEX "api_key_events_api_key_id_created_at_id_idx" ON "api_key_events"("api_key_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "api_key_events_owner_id_created_at_id_idx" ON "api_key_events"("owner_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "api_key_events_created_at_id_idx" ON "api_key_events"("created_at", "id");

-- CreateIndex
CREATE INDEX "api_key_usage_hour_idx" ON "api_key_usage"("hour");

-- CreateIndex
CREATE INDEX "api_keys_expires_at_id_idx" ON "api_keys"("expires_at", "id");

UPDATE "keystile_schema" SET "version" = 3 WHERE "id" = 1;
