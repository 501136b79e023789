import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { errorText } from '../base/errors';
import { type HostFacts } from '../domain/policy/facts';
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
	const load = await readPolicy(policy, file);
	return {
		load: catalogue === undefined ? load : await composed(load, catalogue),
		host: systemHost(workspace === undefined ? [] : [resolve(dirname(file), workspace)]),
		cases,
	};
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
