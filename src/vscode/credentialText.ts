import { type CredentialReference } from '../domain/registry/credential';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { quoteForLabel, quoteForPerson } from './quote';
import { say } from './say';
import { agoText } from './timeText';

/** One row of "Manage Credentials…": plain text, names quoted, no value. */
export interface CredentialRow {
	readonly label: string;
	readonly description: string;
	readonly detail: string;
}

/** A credential as a row. `now`: milliseconds since 1970. */
export function credentialRow(entry: ServerEntry, reference: CredentialReference, now: number): CredentialRow {
	const when = agoText(Date.parse(reference.storedAt), now);
	return {
		label: quoteForLabel(reference.name, 100),
		description:
			reference.revoked === true
				? say('“{0}” · revoked', quoteForLabel(entry.name, 60))
				: say('“{0}” · stored {1}', quoteForLabel(entry.name, 60), when),
		detail:
			reference.revoked === true
				? say('The value is deleted and the server does not start; set a new one to use it again')
				: capitalised(placeText(entry, reference)),
	};
}

/** Where a credential goes, in words. */
export function placeText({ launch }: ServerEntry, { kind, name }: Pick<CredentialReference, 'kind' | 'name'>): string {
	switch (kind) {
		case 'env':
			return say('variable of the environment of its process');
		case 'header':
			return say('header of every request to the server');
		case 'oauth':
			return say('tokens from a sign-in, sent to the server alone');
		case 'variable': {
			const variables = [`\${input:${name}}`, `\${credential:${name}}`];
			const within = (text: string) => variables.some(variable => text.includes(variable));
			if (launch.kind === 'http') {
				return within(launch.url) ? say('part of the address of the server') : say('part of a header');
			}
			const at = launch.args.findIndex(within);
			return at === -1
				? say('part of a variable of the environment')
				: say('argument {0}, which every program of this computer can read while the server runs', at + 1);
		}
	}
}

/** What a person is asked before a credential is revoked: message and detail. */
export function revokeQuestion(entry: ServerEntry, { kind, name }: CredentialReference): readonly [string, string] {
	const server = quoteForPerson(entry.name, 60);
	return kind === 'oauth'
		? [
				say('Sign out of “{0}”?', server),
				say(
					'Its sessions end, the tokens are given back where the sign-in server takes them, and they are forgotten. The next use asks you to sign in.',
				),
			]
		: [
				say('Revoke {0} of “{1}”?', quoteForPerson(name, 100), server),
				say(
					'The value is deleted, the sessions of the server end in every window, and it does not start before you set a new value. Revoke it also where it was issued: MCP Firewall cannot do that.',
				),
			];
}

/** Why a text cannot be the value of a credential; undefined when it can. */
export function valueProblem(kind: CredentialReference['kind'], text: string): string | undefined {
	if (text === '') {
		return say('An empty value is none');
	}
	if (kind === 'header' && /[^\t\x20-\x7e\x80-\xff]/.test(text)) {
		return say('A header holds one line of plain characters');
	}
	return text.includes('\0') ? say('A value holds no NUL') : undefined;
}

function capitalised(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}
