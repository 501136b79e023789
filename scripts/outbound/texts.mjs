// Texts of honest work; several languages. They speak of keys, tokens and passwords as documentation does.

export const prose = [
	'The harbour master publishes the tide tables every Monday; the planner reads them at six.',
	'Please summarise the discussion in the issue and list the open questions.',
	'To rotate the access key, open the console, create a new key, and delete the old one afterwards.',
	'The token bucket refills at 100 requests per minute; a secret sauce it is not.',
	'Passwords are hashed with argon2id before they are stored; the salt has 16 bytes.',
	'Tokenization splits the text into 4096 tokens, and the keyboard shortcuts stay as they are.',
	'Der Schlüssel liegt unter der Matte, und das Passwort steht im Tresor der Geschäftsleitung.',
	'La clé de la réussite est la patience ; le jeton expire après trente minutes.',
	'La contraseña debe tener al menos doce caracteres y no repetirse.',
	'パスワードは十二文字以上にしてください。トークンは三十分で失効します。',
	'Ключ шифрования хранится в отдельном хранилище, а токен живёт полчаса.',
	'密码至少要有十二个字符，令牌在三十分钟后过期。',
	'Meeting notes 2026-05-04: release 2.14.0-rc.1, build 20260504.3, ticket TIDE-1482, 14 files changed.',
	'Call me Ishmael. Some years ago, never mind how long precisely, having little or no money in my purse.',
	'Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore.',
	'The API key header is called X-Api-Key, and its value comes from the vault, never from the repository.',
	'Version 1.2.840.113549.1.1.11 is the OID of sha256WithRSAEncryption.',
	'ISBN 978-3-16-148410-0, DOI 10.1000/182, and the part number is 4500-1234-5678.',
	'Temperature rose from 12.5 to 18.75 between 1700000000 and 1700003600 (UTC seconds).',
];

export const code = [
	"const token = await getToken({ audience: 'tides' });\nif (!token) throw new Error('no token');",
	'function parsePassword(input: string): Password {\n\treturn new Password(input.normalize("NFKC"));\n}',
	'export const SECRET_NAME_PATTERN = /secret|token|password/i;',
	'def rotate_key(key_id: str, *, grace: timedelta = timedelta(days=7)) -> Key:\n    """Rotates a key."""\n    return store.rotate(key_id, grace)',
	'password := os.Getenv("DB_PASSWORD")\nif password == "" {\n\tlog.Fatal("DB_PASSWORD is not set")\n}',
	'api_key = os.environ["TIDES_API_KEY"]\nclient = Client(api_key=api_key)',
	'<input type="password" name="password" autocomplete="current-password" />',
	'resource "aws_secretsmanager_secret" "db" {\n  name = "prod/db/password"\n  kms_key_id = aws_kms_key.main.arn\n}',
	'env:\n  API_TOKEN: ${{ secrets.API_TOKEN }}\n  NODE_ENV: production',
	'SELECT id, key, value FROM settings WHERE key = :key;',
	'import { createHash, randomUUID } from "node:crypto";\nexport const id = () => createHash("sha256").update(randomUUID()).digest("hex");',
	'for (const [key, value] of Object.entries(headers)) {\n\tif (key.toLowerCase() === "authorization") continue;\n\tout.set(key, value);\n}',
	'curl -H "Authorization: Bearer $TOKEN" https://api.tides.dev/v2/stations',
	'docker run -e POSTGRES_PASSWORD_FILE=/run/secrets/pg -p 5432:5432 postgres:16',
	'type TokenKind = "identifier" | "keyword" | "string";\ninterface Token { kind: TokenKind; start: number; end: number }',
	'#!/bin/sh\nset -eu\nnpm ci\nnpm run build\ngit rev-parse HEAD > dist/REVISION',
];

export const diffs = [
	'diff --git a/src/auth.ts b/src/auth.ts\nindex {sha}..{sha} 100644\n--- a/src/auth.ts\n+++ b/src/auth.ts\n@@ -1,4 +1,4 @@\n-const key = readKey();\n+const key = await readKey();\n export { key };',
	'diff --git a/package.json b/package.json\nindex {sha}..{sha} 100644\n@@ -12,3 +12,3 @@\n-    "tide-tables": "^2.1.0",\n+    "tide-tables": "^2.2.0",',
	'@@ -40,7 +40,9 @@ def login(user, password):\n-    return check(user, password)\n+    if not password:\n+        raise ValueError("password is empty")\n+    return check(user, password)',
];

export const sql = [
	"SELECT station, max(level) FROM readings WHERE at > now() - interval '1 day' GROUP BY station ORDER BY 2 DESC LIMIT 10",
	"INSERT INTO stations (id, name, lat, lon) VALUES (8443970, 'Boston', 42.3539, -71.0503)",
	'UPDATE users SET password_changed_at = now() WHERE id = $1',
	'CREATE TABLE tokens (id uuid PRIMARY KEY, user_id uuid NOT NULL, expires_at timestamptz NOT NULL)',
	'PRAGMA table_info(readings)',
];

export const queries = [
	'how to store a password hash in postgres',
	'is:open label:bug token refresh fails after sleep',
	'OAuth 2.1 refresh token rotation best practice',
	'Gezeiten Hamburg St. Pauli morgen',
	'marée haute Saint-Malo horaires',
	'api key vs bearer token difference',
	'潮汐表 東京',
	'site:developer.mozilla.org SubtleCrypto generateKey',
	'"secret manager" terraform example',
	'typescript regex lookbehind support',
];

export const logs = [
	'2026-05-04T06:00:01.123Z INFO request {uuid} GET /v2/stations 200 12ms',
	'sha256:{hex} pulled in 3.1s',
	'{"level":"info","ts":{num},"caller":"tides/main.go:42","msg":"ready","trace_id":"{hex}"}',
	'npm warn deprecated tide-old@1.0.0: use tide-tables\nadded 214 packages in 9s',
	'Error: connect ECONNREFUSED 127.0.0.1:5432\n    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1607:16)',
	'[{num}] ETag: W/"{hex}" Content-Length: 48213',
];
