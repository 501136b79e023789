import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** It has a sixth of this. */
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * The bytes of sql.js's `sql-wasm.wasm`. The build leaves them in `dist` packed with brotli, smaller than a VSIX's own deflate would.
 * Rejects where the file is not there, not whole, or holds more than such a module can.
 */
export async function readSqlWasm(dist: string): Promise<Uint8Array> {
	// Few commands come here: the others start without it.
	const { brotliDecompress } = await import('node:zlib');
	return promisify(brotliDecompress)(await readFile(join(dist, 'sql-wasm.wasm.br')), { maxOutputLength: MOST_BYTES });
}
