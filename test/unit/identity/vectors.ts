import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SHIPPED = fileURLToPath(new URL('../../fixtures/identity', import.meta.url));

/** A file of vectors: of the folder that `IDENTITY_VECTORS` names, else of those beside the tests. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the shape is the word of who reads it
export function vectors<T>(name: string): T {
	return JSON.parse(readFileSync(join(process.env.IDENTITY_VECTORS ?? SHIPPED, `${name}.json`), 'utf8')) as T;
}
