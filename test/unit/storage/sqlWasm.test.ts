import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { expect, it } from 'vitest';
import { Sqlite } from '../../../src/storage/sqlite';
import { readSqlWasm } from '../../../src/storage/sqlWasm';
import { tempDir } from '../support/auditRecords';

it('reads SQLite packed with brotli, and nothing that is not whole or far too much', async () => {
	const wasm = await readFile(join(dirname(createRequire(import.meta.url).resolve('sql.js')), 'sql-wasm.wasm'));
	const packed = brotliCompressSync(wasm, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } });
	const dist = await tempDir();
	await expect(readSqlWasm(dist)).rejects.toThrow('ENOENT');
	await writeFile(join(dist, 'sql-wasm.wasm.br'), packed.subarray(0, -9));
	await expect(readSqlWasm(dist)).rejects.toMatchObject({ code: 'Z_BUF_ERROR' });
	await writeFile(join(dist, 'sql-wasm.wasm.br'), brotliCompressSync(Buffer.alloc(5 * 1024 * 1024)));
	await expect(readSqlWasm(dist)).rejects.toMatchObject({ code: 'ERR_BUFFER_TOO_LARGE' });
	await writeFile(join(dist, 'sql-wasm.wasm.br'), packed);
	const read = await readSqlWasm(dist);
	expect(Buffer.compare(read, wasm)).toBe(0);
	expect((await Sqlite.open(read)).all('select 6 * 7')).toEqual([[42]]);
});
