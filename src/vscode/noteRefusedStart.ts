import { type FirewallPorts } from '../firewall/ports';

/** Records a start that was refused, and why: the client asked, and the answer is a refusal like any other. */
export async function noteRefusedStart(
	ports: Pick<FirewallPorts, 'trail' | 'ids' | 'clock'>,
	server: { readonly id: string; readonly name: string },
	reason: string,
): Promise<void> {
	const at = new Date(ports.clock.now()).toISOString();
	const { id, name } = server;
	await ports.trail.append(
		{
			...{ id: ports.ids.uuid(), at, kind: 'message', outcome: 'refused', server: { id, name } },
			...{ from: 'client', method: 'initialize', detail: reason },
		},
		'synced',
	);
}
