import { css } from 'lit';

/** Styles of the filters: one line that wraps; chips are as high as the text field. */
export const filterBarStyles = css`
	:host {
		flex: 1 1 520px;
		min-width: 0;
	}
	search {
		display: flex;
		flex-wrap: wrap;
		align-items: center;
		gap: 6px;
	}
	.text {
		position: relative;
		flex: 1 1 180px;
		min-width: 140px;
		max-width: 320px;
	}
	.text .icon {
		position: absolute;
		top: 4px;
		left: 6px;
		color: var(--vscode-input-placeholderForeground);
		pointer-events: none;
	}
	.text input {
		width: 100%;
		height: 24px;
		padding: 0 6px 0 26px;
		border: 1px solid var(--vscode-input-border, var(--vscode-contrastBorder, transparent));
		border-radius: 2px;
		font: inherit;
		color: var(--vscode-input-foreground);
		background: var(--vscode-input-background);
	}
	input::placeholder {
		color: var(--vscode-input-placeholderForeground);
		opacity: 1;
	}
	.filter {
		display: inline-flex;
		align-items: center;
		max-width: 100%;
		height: 24px;
		padding-left: 8px;
		border: 1px solid var(--vscode-inputOption-activeBorder, var(--vscode-focusBorder));
		border-radius: 12px;
		color: var(--vscode-inputOption-activeForeground, inherit);
		background: var(--vscode-inputOption-activeBackground, transparent);
		white-space: nowrap;
	}
	.filter.adding {
		border-style: dashed;
	}
	.filter label {
		flex: none;
		opacity: 0.85;
	}
	.filter label::after {
		content: ':';
	}
	.filter select,
	.filter input {
		min-width: 0;
		max-width: 15em;
		height: 20px;
		margin: 0 2px;
		padding: 0 2px;
		border: none;
		border-radius: 2px;
		font: inherit;
		color: inherit;
		background: transparent;
		text-overflow: ellipsis;
		cursor: pointer;
	}
	.filter select {
		field-sizing: content;
		font-weight: 600;
	}
	.filter input {
		max-width: 13.5em;
		cursor: text;
	}
	.filter button {
		width: 20px;
		height: 20px;
		margin-right: 2px;
		padding: 0 3px;
		border-radius: 10px;
		color: inherit;
	}
	.filter button .icon {
		width: 12px;
		height: 12px;
		color: inherit;
	}
	.filter.word > span {
		padding-right: 2px;
		font-weight: 600;
	}
	.menu {
		field-sizing: content;
		height: 24px;
		padding: 0 6px;
		border: 1px solid var(--vscode-button-border, transparent);
		border-radius: 2px;
		font: inherit;
		color: var(--vscode-button-secondaryForeground);
		background: var(--vscode-button-secondaryBackground);
		cursor: pointer;
	}
	.menu:hover {
		background: var(--vscode-button-secondaryHoverBackground);
	}
	option,
	optgroup {
		color: var(--vscode-dropdown-foreground);
		background: var(--vscode-dropdown-listBackground, var(--vscode-dropdown-background));
	}
	.reset {
		color: var(--vscode-textLink-foreground, inherit);
	}
	@media (max-width: 620px) {
		.text {
			flex-basis: 100%;
			max-width: none;
		}
		.filter.time {
			flex-wrap: wrap;
			height: auto;
			border-radius: 4px;
		}
	}
`;
