import { describe, expect, test } from "vitest";
import { synthesise } from "./synthesised.ts";

const prod = synthesise("prod");
const dev = synthesise("dev");
const truth = prod.the("AWS::DynamoDB::GlobalTable", "Truth");
const derived = prod.the("AWS::DynamoDB::GlobalTable", "Derived");

describe("tables", () => {
  test.each([truth, derived])("$id has pk and sk, forgets by expiresAt, is on demand", (table) => {
    expect(table.Properties.KeySchema).toEqual([
      { AttributeName: "pk", KeyType: "HASH" },
      { AttributeName: "sk", KeyType: "RANGE" },
    ]);
    expect(table.Properties.TimeToLiveSpecification).toEqual({
      AttributeName: "expiresAt",
      Enabled: true,
    });
    expect(table.Properties.BillingMode).toBe("PAY_PER_REQUEST");
  });

  test("the truth has both sparse indexes, keys only, from day one", () => {
    expect(truth.Properties.GlobalSecondaryIndexes).toEqual(
      ["gsi1", "gsi2"].map((name) => ({
        IndexName: name,
        KeySchema: [
          { AttributeName: `${name}pk`, KeyType: "HASH" },
          { AttributeName: `${name}sk`, KeyType: "RANGE" },
        ],
        Projection: { ProjectionType: "KEYS_ONLY" },
      })),
    );
  });

  test("the truth streams both images and can be recovered for 35 days", () => {
    expect(truth.Properties.StreamSpecification.StreamViewType).toBe("NEW_AND_OLD_IMAGES");
    expect(truth.Properties.Replicas[0].PointInTimeRecoverySpecification).toEqual({
      PointInTimeRecoveryEnabled: true,
      RecoveryPeriodInDays: 35,
    });
  });

  test("the derived table pays for neither stream nor recovery", () => {
    expect(derived.Properties.StreamSpecification).toBeUndefined();
    expect(derived.Properties.Replicas[0].PointInTimeRecoverySpecification).toBeUndefined();
  });
});

describe("what must survive", () => {
  const kept = ["AWS::DynamoDB::GlobalTable", "AWS::S3::Bucket", "AWS::SecretsManager::Secret"];

  test("in prod nothing of it is deleted, and tables refuse to be", () => {
    for (const each of kept.flatMap(prod.of)) expect(each.DeletionPolicy).toBe("Retain");
    for (const table of [truth, derived]) {
      expect(table.Properties.Replicas[0].DeletionProtectionEnabled).toBe(true);
    }
  });

  test("in dev tables and buckets may be thrown away, the keys never", () => {
    const policies = (type: string) => dev.of(type).map((each) => each.DeletionPolicy);
    expect(policies("AWS::DynamoDB::GlobalTable")).toEqual(["Delete", "Delete"]);
    expect(policies("AWS::S3::Bucket")).toEqual(["Delete", "Delete"]);
    expect(policies("AWS::SecretsManager::Secret")).toEqual(["Retain"]);
  });

  test("is in the data stack and nowhere else", () => {
    for (const name of ["core", "api"] as const) {
      const resources = Object.values(prod.templates[name].Resources as Record<string, object>);
      for (const each of resources) {
        expect(each).not.toMatchObject({ DeletionPolicy: "Retain" });
        expect(kept).not.toContain((each as { Type: string }).Type);
      }
    }
  });

  test("a grant that is taken away later drops no export that is still imported", () => {
    const offered = Object.keys(prod.templates.data.Outputs as object).join(" ");
    for (const part of ["RefTruth", "AttTruth", "RefDerived", "AttDerived", "RefArchive"]) {
      expect(offered).toContain(`ExportsOutput${part.startsWith("Att") ? "FnGet" : ""}${part}`);
    }
  });
});

describe("buckets", () => {
  const archive = prod.the("AWS::S3::Bucket", "Archive");
  const rules = (bucket = archive) => bucket.Properties.LifecycleConfiguration.Rules;

  test.each(prod.of("AWS::S3::Bucket"))("$id is encrypted and closed to the public", (bucket) => {
    expect(bucket.Properties.BucketEncryption.ServerSideEncryptionConfiguration).toEqual([
      { ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } },
    ]);
    expect(bucket.Properties.PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
  });

  test.each(prod.of("AWS::S3::Bucket"))("$id refuses plain HTTP", (bucket) => {
    const policy = prod.the("AWS::S3::BucketPolicy", bucket.id.slice(0, -8));
    expect(policy.Properties.PolicyDocument.Statement).toEqual([
      expect.objectContaining({
        Effect: "Deny",
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      }),
    ]);
  });

  test.each(prod.of("AWS::S3::Bucket"))("$id drops unfinished uploads", (bucket) => {
    expect(rules(bucket)).toContainEqual(
      expect.objectContaining({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }),
    );
  });

  test("raw callbacks get cold after 30 days and expire after 400 in prod, after 30 in dev", () => {
    expect(rules()).toContainEqual({
      Id: "raw",
      Prefix: "raw/",
      Status: "Enabled",
      ExpirationInDays: 400,
      Transitions: [{ StorageClass: "GLACIER_IR", TransitionInDays: 30 }],
    });
    expect(rules(dev.the("AWS::S3::Bucket", "Archive"))).toContainEqual({
      Id: "raw",
      Prefix: "raw/",
      Status: "Enabled",
      ExpirationInDays: 30,
    });
  });

  test("bodies in the inbox live as long as their job can, parked records as long as raw", () => {
    expect(rules()).toContainEqual(
      expect.objectContaining({ Prefix: "inbox/", ExpirationInDays: 14 }),
    );
    expect(rules()).toContainEqual(
      expect.objectContaining({ Prefix: "aws/lambda/", ExpirationInDays: 400 }),
    );
  });

  test("media lives as long as its message in prod, colder after 90 days; 30 days in dev", () => {
    const media = rules(prod.the("AWS::S3::Bucket", "Media"));
    for (const rule of media) expect(rule.ExpirationInDays).toBeUndefined();
    expect(media).toContainEqual({
      Id: "media",
      Status: "Enabled",
      Transitions: [{ StorageClass: "GLACIER_IR", TransitionInDays: 90 }],
    });
    expect(rules(dev.the("AWS::S3::Bucket", "Media"))).toContainEqual({
      Id: "media",
      Status: "Enabled",
      ExpirationInDays: 30,
    });
  });
});

test("the keys are 64 generated characters without punctuation", () => {
  expect(prod.the("AWS::SecretsManager::Secret", "Keys").Properties.GenerateSecretString).toEqual({
    PasswordLength: 64,
    ExcludePunctuation: true,
  });
});
