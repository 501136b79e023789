import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../../scripts/lib/install.mjs';
import { smallPng } from '../../../scripts/lib/smallPng.mjs';

/** Keeps a picture as media/`name` when UPDATE_MEDIA is set: a test run changes no file of the repository. */
export function forReadme(picture, name) {
	if (process.env.UPDATE_MEDIA) writeFileSync(path.join(root, 'media', name), smallPng(readFileSync(picture)));
}
