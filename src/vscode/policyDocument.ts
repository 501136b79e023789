import { baseName } from '../base/baseName';
import { samePath } from '../base/samePath';

/** Names under which a file is a policy wherever it lies; package.json's `yamlValidation` says the same in globs. */
const POLICY_NAME = /^(?:.+\.)?mcp-firewall\.ya?ml$/;

/** Names under which a file holds test cases for a policy. */
export const FIXTURE_GLOB = '*.policy-test.{yaml,yml}';

/** True for a file that is read as a policy: by its name, or because it is in force. */
export function isPolicyFile(file: string, inForce: readonly string[]): boolean {
	return POLICY_NAME.test(baseName(file)) || inForce.some(each => samePath(each, file));
}

/** The name of the fixture that goes with a policy: `mcp-firewall.yaml` → `mcp-firewall.policy-test.yaml`. */
export function fixtureNameFor(policyFile: string): string {
	return `${baseName(policyFile).replace(/\.ya?ml$/, '')}.policy-test.yaml`;
}
