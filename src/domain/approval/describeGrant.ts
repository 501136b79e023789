import { type ApprovalRequest } from './approval';

/** What "Allow for Session" covers for this question, as the person should read it; `quote` makes a folder fit to be shown. */
export function describeGrant({ offers }: Pick<ApprovalRequest, 'offers'>, quote: (folder: string) => string): string {
	const reach = offers.find(({ scope }) => scope === 'session')?.reach;
	switch (reach?.kind) {
		case 'folders':
			return `this tool below ${reach.folders.map(quote).join(' and ')}, until the session ends`;
		case 'hosts':
			return `this tool to ${reach.hosts.map(quote).join(' and ')}, until the session ends`;
		case 'call':
		case undefined:
			return 'this very call again, until the session ends';
	}
}
