import { readFile } from 'node:fs/promises';
import { errorText } from '../base/errors';
import { parseComposition, withComposition } from '../domain/policy/composition';
import { parsePolicy } from '../domain/policy/parsePolicy';
import { type PolicyLoad } from '../domain/policy/policy';
import { type CliOutput } from './output';
import { problemLines } from './policyProblems';
import { printable } from './printable';

/** Where the catalogue of compositions is. */
export interface Catalogue {
	readonly compositionFile: string;
}

/** Puts the catalogue on top of a policy that asks for it; one that cannot be read then denies everything. */
export async function composed(load: PolicyLoad, { compositionFile }: Catalogue): Promise<PolicyLoad> {
	if ((load.policy?.composition ?? 'off') === 'off') {
		return load;
	}
	const text = await readFile(compositionFile, 'utf8').catch(() => '');
	return withComposition(load, parseComposition(text, compositionFile));
}

/** A policy file as a person's own policy in force. Undefined when it cannot be used; stderr says why. */
export async function readUserPolicy(
	file: string,
	catalogue: Catalogue,
	out: CliOutput,
): Promise<PolicyLoad | undefined> {
	let text: string;
	try {
		text = await readFile(file, 'utf8');
	} catch (error) {
		out.stderr(printable(`${file}: cannot be read: ${errorText(error)}`));
		return undefined;
	}
	const load = await composed(parsePolicy(text, file), catalogue);
	if (load.policy === undefined) {
		problemLines(load).forEach(line => {
			out.stderr(line);
		});
		out.stderr(printable(`${file}: not a valid policy; see policy check.`));
		return undefined;
	}
	return load;
}

/** The same by digest: with the compositions that it asks for, and as it stands. */
export async function readUserPolicies(
	file: string,
	catalogue: Catalogue,
	out: CliOutput,
): Promise<ReadonlyMap<string, PolicyLoad> | undefined> {
	const load = await readUserPolicy(file, catalogue, out);
	if (load === undefined) {
		return undefined;
	}
	const bare = parsePolicy(await readFile(file, 'utf8'), file);
	return new Map([bare, load].map(each => [each.digest, each]));
}
