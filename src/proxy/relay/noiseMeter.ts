import { type RpcId } from '../../firewall/message';
import { type SessionPath } from '../../firewall/ports';
import { NOISE_TOLD } from '../limits';

/** Tells the path of the first malformed messages of one side, then only counts: noise must not flood the trail. */
export class NoiseMeter {
	private count = 0;

	constructor(
		private readonly path: SessionPath,
		private readonly from: 'client' | 'server',
	) {}

	async note(why: string, id?: RpcId): Promise<void> {
		this.count++;
		if (this.count <= NOISE_TOLD) {
			await this.path.noteMalformed(this.from, why, id);
		}
	}

	/** To be called once, at the end of the session. */
	async sumUp(): Promise<void> {
		if (this.count > NOISE_TOLD) {
			await this.path.noteMalformed(this.from, `${String(this.count - NOISE_TOLD)} more malformed messages`);
		}
	}
}
