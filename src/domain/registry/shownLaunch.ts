import { inEnglish } from '../../base/phrase';
import { type CredentialReference } from './credential';
import { type Launch } from './launch';
import { PROBLEM_WORDS } from './problemWords';
import { isStoredVariable, variablesIn } from './resolveLaunch';

/** Values under which every secret and every variable of the environment stands for itself: for texts that people read. */
export function unresolvedValues(launch: Launch): {
	readonly env: Readonly<Record<string, string>>;
	readonly values: Readonly<Record<string, string>>;
} {
	const texts = launch.kind === 'http' ? [launch.url] : [launch.command, ...launch.args, launch.cwd ?? ''];
	const insides = texts.flatMap(variablesIn);
	const names = launch.kind === 'http' ? launch.headers : launch.env;
	const itself = (inside: string): [string, string] => [inside, `\${${inside}}`];
	return {
		env: Object.fromEntries(
			insides
				.filter(inside => inside.startsWith('env:'))
				.map(inside => [inside.slice('env:'.length), `\${${inside}}`]),
		),
		values: Object.fromEntries([
			...insides.filter(isStoredVariable).map(itself),
			...names.map((name): [string, string] => [name, '']),
		]),
	};
}

/**
 * One sentence for each way in which a launch shows a secret to others on this machine: what is an argument, every program can
 * read (`ps`). For the person who reviews it.
 */
export function exposedSecrets(launch: Launch): readonly string[] {
	const insides = launch.kind === 'http' ? [] : launch.args.flatMap(variablesIn).filter(isStoredVariable);
	return [...new Set(insides)].map(inside => inEnglish(PROBLEM_WORDS.exposed(inside)));
}

/** Why a server cannot start: the first of its credentials that a person revoked. */
export function revokedCredential(credentials: readonly CredentialReference[]): string | undefined {
	const revoked = credentials.find(reference => reference.revoked === true);
	return revoked && inEnglish(PROBLEM_WORDS.revoked(revoked.name));
}
