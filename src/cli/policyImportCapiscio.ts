import { readFile } from 'node:fs/promises';
import { LineCounter } from 'yaml';
import { type JsonValue } from '../base/json';
import { printable } from '../base/printable';
import { readCapiscioPolicy } from '../domain/identity/capiscioPolicy';
import { importCapiscio } from '../domain/identity/importCapiscio';
import { parseYaml } from '../domain/policy/boundedYaml';
import { EXIT_UNUSABLE } from './command';
import { type CliOutput } from './output';

const MAX_CHARS = 256 * 1024;

/** Prints the `identity:` section that a `capiscio-policy.yaml` amounts to; resolves with the exit code. */
export async function policyImportCapiscio(file: string, out: CliOutput): Promise<number> {
	const text = await readFile(file, 'utf8');
	const read = text.length > MAX_CHARS ? undefined : parseYaml(text, new LineCounter());
	const plain = read?.kind === 'document' && !read.mayHoldMagic && read.document.errors.length === 0;
	const outcome = plain
		? readCapiscioPolicy(read.document.toJS() as JsonValue)
		: ({ ok: false, problems: ['it is not plain YAML'] } as const);
	if (!outcome.ok) {
		outcome.problems.forEach(problem => {
			out.stderr(`${file}: ${printable(problem)}`);
		});
		return EXIT_UNUSABLE;
	}
	out.stdout(importCapiscio(outcome.policy).trimEnd());
	return 0;
}
