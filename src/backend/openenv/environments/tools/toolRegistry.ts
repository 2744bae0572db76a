import type { Tool, ToolDescription } from './tool.ts';

/** Names that belong to the environment itself: an agent must never be able to reset it. */
export const RESERVED_TOOL_NAMES: readonly string[] = ['reset', 'step', 'state', 'close'];

/** A tool that must not be offered. */
export class ToolRegistryError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ToolRegistryError';
  }
}

export interface ToolRegistry {
  readonly descriptions: readonly ToolDescription[];
  find(name: string): Tool | null;
}

/** @throws ToolRegistryError for a reserved or repeated name */
export function createToolRegistry(tools: readonly Tool[]): ToolRegistry {
  const byName = new Map<string, Tool>();
  for (const tool of tools) {
    if (RESERVED_TOOL_NAMES.includes(tool.name)) throw new ToolRegistryError(`The tool name '${tool.name}' is reserved.`);
    if (byName.has(tool.name)) throw new ToolRegistryError(`Two tools are named '${tool.name}'.`);
    byName.set(tool.name, tool);
  }
  return {
    descriptions: tools.map(({ name, description, inputSchema, modes }) => ({ name, description, inputSchema, modes })),
    find: (name) => byName.get(name) ?? null,
  };
}
