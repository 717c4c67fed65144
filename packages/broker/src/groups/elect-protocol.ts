import type { Member } from './member.ts';

/** The protocol that most members prefer, among those that all of them offer. */
export function electProtocol(members: Member[]): string {
  const votes = new Map<string, number>();
  for (const member of members) {
    const favourite = member.protocols.find(({ name }) =>
      members.every((other) => other.protocols.some((protocol) => protocol.name === name)),
    );
    if (favourite !== undefined) votes.set(favourite.name, (votes.get(favourite.name) ?? 0) + 1);
  }
  let elected = '';
  let most = 0;
  for (const [name, count] of votes) {
    if (count > most) [elected, most] = [name, count];
  }
  return elected;
}
