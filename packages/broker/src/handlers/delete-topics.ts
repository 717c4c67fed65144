import { deleteTopics } from '../wire/delete-topics.ts';
import { answer } from './answer.ts';
import { attempt, existingTopic } from './attempt.ts';
import { inTurn } from './in-turn.ts';

/** DeleteTopics: deletes their records and committed offsets. */
export const handleDeleteTopics = answer(deleteTopics, (broker, names, client) =>
  inTurn(names, client, (name) => {
    const { error } = attempt(broker, { topic: name }, () => {
      broker.topics.delete(existingTopic(broker, name));
      broker.groups.offsets.deleteTopic(name);
    });
    return { name, error };
  }),
);
