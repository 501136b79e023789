import { type RememberedAnswer } from '../domain/approval/grant';
import { type CredentialKind, type CredentialReference } from '../domain/registry/credential';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { answerRow, newestFirst, revokeTitle } from './grantText';
import { quoteForLabel, quoteForPerson } from './quote';
import { saidTable, say } from './say';
import { agoText } from './timeText';
import { type TreeNode } from './treeNode';

const ANSWER_ICONS: Readonly<Record<RememberedAnswer['kind'], string>> = {
	grant: 'unlock',
	denial: 'circle-slash',
	suspension: 'debug-pause',
};

/** The nodes of the view of grants; `uses` is how often this window saw a grant let a call go. */
export function grantTree(
	answers: readonly RememberedAnswer[],
	uses: (grantId: string) => number,
	now: number,
): readonly TreeNode[] {
	return newestFirst(answers).map(answer => {
		const { label, description, detail } = answerRow(answer, now, uses(answer.id));
		return {
			...{ key: `answer ${answer.id}`, label, description, icon: ANSWER_ICONS[answer.kind] },
			tooltip: `${label}\n${detail}\n${revokeTitle(answer)}`,
			accessible: `${label}, ${description}. ${detail}`,
			context: `answer ${answer.kind}`,
			target: { kind: 'grant', id: answer.id },
		};
	});
}

const CREDENTIAL_WORDS: Readonly<Record<CredentialKind, string>> = saidTable({
	env: 'environment variable',
	header: 'header',
	variable: 'part of the launch',
	oauth: 'sign-in',
});

/** The nodes of the view of credentials: servers that are given any, and what each is given, never its value. */
export function credentialTree(entries: readonly ServerEntry[], now: number): readonly TreeNode[] {
	return entries
		.filter(({ credentials }) => credentials.length > 0)
		.map(({ id, name, credentials }) => {
			const label = quoteForLabel(name, 60);
			const description = String(credentials.length);
			return {
				...{ key: `credentials ${id}`, label, description, icon: 'server', expanded: true as const },
				tooltip: say('Stored in the editor’s secret storage for {0} alone', quoteForPerson(name, 60)),
				accessible: say('Server {0}, {1} stored', label, description),
				...{ context: 'credentials', target: { kind: 'group' as const, serverId: id } },
				children: () => credentials.map(each => credentialNode(id, each, now)),
			};
		});
}

function credentialNode(
	serverId: string,
	{ kind, name, storedAt, revoked }: CredentialReference,
	now: number,
): TreeNode {
	const label = quoteForLabel(name, 100);
	const stored =
		revoked === true ? say('revoked: the server is not started without a new one') : storedText(storedAt, now);
	const description = `${CREDENTIAL_WORDS[kind]} · ${stored}`;
	return {
		...{ key: `credential ${serverId} ${kind} ${name}`, label, description },
		tooltip: `${quoteForPerson(name, 200)}\n${description}`,
		accessible: say('Credential {0}, {1}', label, description),
		...(revoked === true ? { icon: 'circle-slash', color: 'list.errorForeground' } : { icon: 'key' }),
		context: `credential ${revoked === true ? 'revoked' : 'stored'} ${kind}`,
		target: { kind: 'credential', serverId, of: kind, name },
	};
}

function storedText(storedAt: string, now: number): string {
	const at = Date.parse(storedAt);
	return Number.isNaN(at) ? say('stored') : say('stored {0}', agoText(at, now));
}
