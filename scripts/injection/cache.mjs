// The rows with their features, kept in the system's folder for temporary files: the workers of the cross-validation read
// them from there. Never read by the training.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';

/** Writes a value to a new file and gives `{file, remove}`. */
export function keep(value) {
	const folder = mkdtempSync(join(tmpdir(), 'injection-items-'));
	const file = join(folder, 'items.bin');
	writeFileSync(file, serialize(value));
	return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** What was kept. */
export function recall(file) {
	return deserialize(readFileSync(file));
}
