import { FastDistillError, fileBlobStore, s3BlobStore } from "@fastdistill/core";
import { testBlobStore } from "@fastdistill/core/testing";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { type S3Double, startS3Double } from "./_servers/s3_double.ts";

testBlobStore("folder", {
  make: async () => {
    const folder = await Deno.makeTempDir();
    return {
      store: fileBlobStore(`${folder}/blobs`),
      dispose: () => Deno.remove(folder, { recursive: true }),
    };
  },
});

testBlobStore("s3", {
  make: async () => {
    const double = startS3Double();
    return { store: await openStore(double), dispose: () => double[Symbol.asyncDispose]() };
  },
});

function openStore(
  double: S3Double,
  rest: { readonly secretAccessKey?: string; readonly region?: string } = {},
) {
  const { url: endpoint, bucket, region, accessKeyId, secretAccessKey } = double;
  return s3BlobStore({ endpoint, bucket, region, accessKeyId, secretAccessKey, ...rest });
}

async function* bytesOf(size: number): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(size);
}

Deno.test("s3BlobStore() is refused with a wrong key or region, and never says what the key is", async () => {
  await using double = startS3Double();
  const secretAccessKey = "not-the-secret";
  for (
    const [rest, code] of [
      [{ secretAccessKey }, "SignatureDoesNotMatch"],
      [{ region: "us-east-1" }, "AuthorizationHeaderMalformed"],
    ] as const
  ) {
    const store = await openStore(double, rest);
    const error = await assertRejects(() => store.put("a", bytesOf(1)), FastDistillError);
    assertEquals(error.code, "data.storage");
    assertEquals(
      error.message,
      `PUT s3://corpus/a: the object store answered 403 ${code} No <luck>`,
    );
    assert(!JSON.stringify(error).includes(secretAccessKey));
  }
  assert(!JSON.stringify(double.requests).includes(secretAccessKey));
});

Deno.test("s3BlobStore() tries again what the store is too busy for, and gives up in the end", async () => {
  await using double = startS3Double();
  const store = await openStore(double);
  double.failWith = { status: 503, times: 2 };
  assertEquals(await store.put("a", bytesOf(3)), { key: "a", size: 3 });
  double.failWith = { status: 503, times: 99 };
  const error = await assertRejects(() => store.put("b", bytesOf(3)), FastDistillError);
  assertEquals(error.code, "data.storage");
});

Deno.test("s3BlobStore() leaves no upload behind that failed half-way", async () => {
  await using double = startS3Double();
  const store = await openStore(double);
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(20_000_000);
    throw new RangeError("broken");
  }
  await assertRejects(() => store.put("a", broken()), RangeError);
  assertEquals([double.uploads.size, double.objects.size], [0, 0]);
  assert(double.requests.some(({ line }) => line.startsWith("DELETE /corpus/a?uploadId=")));
});

Deno.test("s3BlobStore() says that a bucket is not there, and that a server cannot be reached", async () => {
  await using double = startS3Double();
  const { url: endpoint, region, accessKeyId, secretAccessKey } = double;
  const store = await s3BlobStore({ endpoint, bucket: "other", region, accessKeyId, secretAccessKey });
  const error = await assertRejects(() => store.put("a", bytesOf(1)), FastDistillError);
  assertEquals(error.message.includes("404 NoSuchBucket"), true);
});
