/**
 * Histories as JSON, in the form that `temporal workflow show --output json` prints.
 *
 * The SDK's own functions compare types of the protobuf library by identity, and fail where npm has put a copy of that
 * library beside each of the SDK's packages. These take the copy of the package that the types come from.
 */
import { createRequire } from 'node:module';
import type * as Proto from '@temporalio/proto';
import { patchProtobufRoot } from '@temporalio/proto/lib/patch-protobuf-root.js';

export type History = Proto.temporal.api.history.v1.IHistory;

interface ProtoJson {
  toJson(type: unknown, message: History): unknown;
  fromJson(type: unknown, json: unknown, options: { ignoreUnknownFields: boolean }): History;
}

const fromHere = createRequire(import.meta.url);
// As one object: the namespace of an import has members that are no part of the package.
const proto = fromHere('@temporalio/proto') as typeof Proto;
const fromProto = createRequire(fromHere.resolve('@temporalio/proto'));
const protoJson = fromProto('protobufjs/ext/protojson') as ProtoJson;
const root = patchProtobufRoot(proto) as unknown as { lookupType(name: string): unknown };
const HISTORY = root.lookupType('temporal.api.history.v1.History');

export function historyToJson(history: History): unknown {
  return protoJson.toJson(HISTORY, proto.temporal.api.history.v1.History.fromObject(history));
}

/** Fields that a newer server writes are left out. */
export function historyFromJson(json: unknown): History {
  return protoJson.fromJson(HISTORY, json, { ignoreUnknownFields: true });
}
