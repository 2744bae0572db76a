import type { TraceEntry } from '../../contract/messages.ts';
import type { Random } from '../random/random.ts';
import { offersRoles } from './attack.ts';
import type { ChainData, ServerData } from './data.ts';
import { concreteTask, messageId, sentence, serverScope, type Workshop } from './draft.ts';
import type { ScenarioMessage } from './scenario.ts';
import { expand } from './slots.ts';
import { paramsWithRole } from './toolText.ts';
import { callMessage, openWire, traceOf } from './wire.ts';

/** A chain and the servers whose tools can carry all its stages. */
export interface ChainPlan {
  readonly chain: ChainData;
  readonly servers: readonly ServerData[];
}

export function chainPlans(shop: Workshop, stdio: boolean): ChainPlan[] {
  return shop.data.attacks.chains
    .filter((chain) => chain.stdio === stdio)
    .map((chain) => ({
      chain,
      servers: shop.data.servers.filter(
        (server) =>
          (!stdio || server.transports.includes('stdio')) &&
          offersRoles(
            server,
            chain.stages.map(({ role }) => role),
          ),
      ),
    }))
    .filter((plan) => plan.servers.length > 0);
}

/** An attack chain with one server: each message plausible alone, the trace tells the stages before. */
export function composeChain(shop: Workshop, plans: readonly ChainPlan[], variant: number, random: Random): readonly ScenarioMessage[] {
  const { chain, servers } = random.pick(plans);
  const server = random.pick(servers);
  const wire = openWire(server, random, chain.stdio ? 'stdio' : undefined);
  const scope = serverScope(shop, server, random);
  const id = `${chain.id}#${variant}`;
  const ask = sentence(expand(random.pick(chain.ask), scope));
  const trace: TraceEntry[] = [];
  return chain.stages.map((stage): ScenarioMessage => {
    const tool = random.pick(server.tools.filter((other) => paramsWithRole(other, stage.role).length > 0));
    const value = expand(random.pick(stage.values), scope);
    const args = { ...concreteTask(shop, server, tool, random).args, [random.pick(paramsWithRole(tool, stage.role))]: value };
    const message = callMessage(wire, tool.name, args, messageId(random), { userTask: ask, trace: [...trace] });
    trace.push(traceOf(message));
    const escape = stage.stage === 'escape' && wire.transport === 'stdio';
    return {
      message,
      truth: {
        malicious: true,
        vector: stage.vector,
        obfuscation: [],
        stdioEscape: escape,
        needs: stage.needs,
        fitting: escape ? 'REVOKE_STDIO' : 'CAPABILITY_MEDIATION',
        chain: { id, stage: stage.stage },
      },
      origin: `chain:${chain.id}#${variant}`,
    };
  });
}
