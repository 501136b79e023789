import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { errorText } from '../base/errors';
import { type HostFacts } from '../domain/policy/facts';
import { nearestKey } from '../domain/policy/nearestKey';
import { parsePolicy } from '../domain/policy/parsePolicy';
import { type PolicyLoad } from '../domain/policy/policy';
import { FixtureError, type FixturePolicy, parseFixture, type PolicyCase } from '../domain/policy/policyFixture';
import { systemHost } from '../storage/system';
import { type Catalogue, composed } from './userPolicy';

/** A fixture, read: its policy, its cases and the host they are judged on. */
export interface PolicyFixture {
	readonly load: PolicyLoad;
	readonly host: HostFacts;
	readonly cases: readonly PolicyCase[];
}

/** Reads a fixture file. The catalogue is put in force as the policy says. Throws a {@link FixtureError}. */
export async function readFixture(file: string, catalogue?: Catalogue): Promise<PolicyFixture> {
	const { policy, workspace, cases } = parseFixture(await readText(file), file);
	const bare = await readPolicy(policy, file);
	const load = catalogue === undefined ? bare : await composed(bare, catalogue);
	refuseUnknownRules(load, cases, file);
	const folder = workspace === undefined ? undefined : resolve(dirname(file), workspace);
	if (folder !== undefined && !(await isFolder(folder))) {
		throw new FixtureError(`${file}: 'workspace' is ${folder}, and there is no such folder`);
	}
	return { load, host: systemHost(folder === undefined ? [] : [folder]), cases };
}

/** Counts under an id that no rule has would be of no use, and the case would test something else than it says. */
function refuseUnknownRules({ policy }: PolicyLoad, cases: readonly PolicyCase[], file: string): void {
	const ids = policy?.rules.map(({ id }) => id) ?? [];
	cases.forEach(({ session, line }, index) => {
		const unknown = [...(session?.usage?.keys() ?? [])].find(id => !ids.includes(id));
		if (policy !== undefined && unknown !== undefined) {
			const near = nearestKey(unknown, ids);
			const meant = near === undefined ? '' : `; did you mean '${near}'?`;
			throw new FixtureError(
				`${file}:${String(line)}: cases[${String(index)}] 'usage' names '${unknown}', and no rule has that id${meant}`,
			);
		}
	});
}

async function isFolder(path: string): Promise<boolean> {
	return stat(path).then(
		found => found.isDirectory(),
		() => false,
	);
}

async function readPolicy(policy: FixturePolicy, file: string): Promise<PolicyLoad> {
	if (policy.kind === 'text') {
		return parsePolicy(policy.text, file);
	}
	const path = resolve(dirname(file), policy.path);
	return parsePolicy(await readText(path), path);
}

async function readText(file: string): Promise<string> {
	try {
		return await readFile(file, 'utf8');
	} catch (error) {
		throw new FixtureError(`${file}: cannot be read: ${errorText(error)}`, { cause: error });
	}
}
