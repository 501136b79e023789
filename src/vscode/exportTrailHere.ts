import { type PanelActions } from './panelAnswers';

/** "Export Audit Trail…": waits for the exporters. */
export const exportTrailHere: PanelActions['exportTrail'] = () =>
	Promise.reject(new Error('The exporters are not part of this build yet.'));
