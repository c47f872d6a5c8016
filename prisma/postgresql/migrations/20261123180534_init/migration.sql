-- CreateTable
CREATE TABLE "users" (
    "id" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT,
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_keys" (
    "id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "key_hash" TEXT NOT NULL,
    "key_prefix" TEXT NOT NULL,
    "hash_alg" TEXT,
    "scopes" TEXT,
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "last_used_at" TIMESTAMPTZ(3),
    "last_used_ip" TEXT,
    "usage_count" BIGINT NOT NULL DEFAULT 0,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "revoked_reason" TEXT,
    "rotated_from_id" TEXT,
    "metadata" TEXT,
    "allowed_ips" TEXT,
    "rate_limit" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_key_forms" (
    "id" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "alphabet" TEXT NOT NULL,
    "min_length" INTEGER NOT NULL,
    "max_length" INTEGER NOT NULL,
    "hash_alg" TEXT NOT NULL,
    "shown_length" INTEGER NOT NULL,

    CONSTRAINT "api_key_forms_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_key_flushes" (
    "instance_id" TEXT NOT NULL,
    "seq" BIGINT NOT NULL,
    "flushed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "api_key_flushes_pkey" PRIMARY KEY ("instance_id")
);

-- CreateTable
CREATE TABLE "keystile_schema" (
    "id" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "min_reader" INTEGER NOT NULL,

    CONSTRAINT "keystile_schema_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "api_keys_key_prefix_idx" ON "api_keys"("key_prefix");

-- CreateIndex
CREATE UNIQUE INDEX "api_key_forms_prefix_alphabet_min_length_max_length_hash_al_key" ON "api_key_forms"("prefix", "alphabet", "min_length", "max_length", "hash_alg", "shown_length");

-- CreateIndex
CREATE UNIQUE INDEX "users_email_key" ON "users"("email");

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_key_hash_key" ON "api_keys"("key_hash");

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_rotated_from_id_key" ON "api_keys"("rotated_from_id");

-- CreateIndex
CREATE INDEX "api_keys_user_id_created_at_id_idx" ON "api_keys"("user_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "api_keys_created_at_id_idx" ON "api_keys"("created_at", "id");

-- AddForeignKey
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The version of these tables, and the oldest keystile that may read them.
INSERT INTO "keystile_schema" ("id", "version", "min_reader") VALUES (1, 1, 1);
