import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * The bytes of sql.js's `sql-wasm.wasm`. The build leaves them in `dist` packed with brotli, a seventh smaller than a VSIX's own
 * deflate would. Rejects where the file is not there or not whole.
 */
export async function readSqlWasm(dist: string): Promise<Uint8Array> {
	// Few commands come here: the others start without it.
	const { brotliDecompress } = await import('node:zlib');
	return promisify(brotliDecompress)(await readFile(join(dist, 'sql-wasm.wasm.br')));
}
