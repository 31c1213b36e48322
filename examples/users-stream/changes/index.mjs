// Tells what happened to each user: runs for every change of the table, in order per user.
import { unmarshall } from '@aws-sdk/util-dynamodb';

export const handler = async (event) => {
  for (const record of event.Records) {
    const before = record.dynamodb.OldImage && unmarshall(record.dynamodb.OldImage);
    const after = record.dynamodb.NewImage && unmarshall(record.dynamodb.NewImage);
    switch (record.eventName) {
      case 'INSERT':
        console.log(`INSERT ${after.userId}: welcome`);
        break;
      case 'MODIFY':
        console.log(`MODIFY ${after.userId}: ${differences(before, after).join(', ')}`);
        break;
      case 'REMOVE':
        console.log(`REMOVE ${before.userId}: goodbye`);
        break;
    }
  }
};

function differences(before, after) {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names]
    .filter((name) => before[name] !== after[name])
    .map((name) => `${name} ${before[name] ?? '(none)'} -> ${after[name] ?? '(none)'}`);
}
