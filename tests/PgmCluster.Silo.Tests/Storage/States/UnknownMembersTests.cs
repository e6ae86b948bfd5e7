using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using PgmCluster.Silo.Storage;
using PgmCluster.TestSupport;

namespace PgmCluster.Silo.Tests.Storage.States;

/// <summary>A state that a newer version has stored, read and written by this one: what this one does not know is still there.</summary>
public sealed class UnknownMembersTests
{
    private const string Later = """{"deep":[1,null,{"größe":"≤ 64"}],"big":9007199254740993}""";

    public static TheoryData<string> Files => [.. StoredStates.All.Select(sample => sample.File)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Write_SampleWithUnknownMembersEverywhere_HasThemAllWhereTheyWere(string file)
    {
        var type = StoredStates.All.Single(sample => sample.File == file).State.GetType();
        var stored = JsonNode.Parse(File.ReadAllText(StoredTypes.SamplePath(file)))!;
        var expected = StoredTypes.WrittenAgain(type, stored.ToJsonString());
        Assert.True(AddUnknown(stored, StoredTypes.Json(type)) > 0);
        AddUnknown(expected, StoredTypes.Json(type));

        var again = StoredTypes.WrittenAgain(type, stored.ToJsonString());

        Assert.True(JsonNode.DeepEquals(expected, again), $"expected {expected.ToJsonString()}\nwritten {again.ToJsonString()}");
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Write_EnumsThatHaveNoNameHere_KeepTheirNumbers(string file)
    {
        var type = StoredStates.All.Single(sample => sample.File == file).State.GetType();
        var stored = StoredTypes.WrittenAgain(type, File.ReadAllText(StoredTypes.SamplePath(file)));
        SetEnums(stored, StoredTypes.Json(type));

        Assert.True(JsonNode.DeepEquals(stored, StoredTypes.WrittenAgain(type, stored.ToJsonString())));
    }

    [Fact]
    public void Classes_EveryOneWithinAStoredState_HasAPlaceForUnknownMembers() =>
        Assert.Empty(StoredTypes.Within.Where(t => StoredTypes.Json(t) is { Kind: JsonTypeInfoKind.Object } json
            && !json.Properties.Any(p => p.IsExtensionData)).Select(t =>
                $"{t.FullName} would lose the members that a newer version adds: give it a property Unknown, as its neighbours have"));

    [Fact]
    public void Enums_EveryNumberThatWasEverStored_HasItsNameStill()
    {
        var recorded = JsonNode.Parse(File.ReadAllText(StoredTypes.SamplePath("../enums.json")))!.AsObject();
        var present = new JsonObject(StoredTypes.Within.Where(t => t.IsEnum).OrderBy(t => t.Name, StringComparer.Ordinal).Select(t =>
            KeyValuePair.Create(t.Name, (JsonNode?)new JsonObject(Enum.GetNames(t).Select(name =>
                KeyValuePair.Create(name, (JsonNode?)Convert.ToInt32(Enum.Parse(t, name), null)))))));

        Assert.True(
            JsonNode.DeepEquals(recorded, present), $"enums.json may get names, but none may change; the enums are {present.ToJsonString()}");
    }

    /// <summary>Adds members to every object that stands for a class; how many objects there were.</summary>
    private static int AddUnknown(JsonNode? node, JsonTypeInfo type)
    {
        var added = 0;
        if (node is JsonArray array) return array.Sum(element => AddUnknown(element, StoredTypes.Json(type.ElementType!)));
        if (node is not JsonObject members) return 0;
        if (type.Kind == JsonTypeInfoKind.Dictionary) return members.Sum(m => AddUnknown(m.Value, StoredTypes.Json(type.ElementType!)));
        foreach (var property in type.Properties)
            if (members[property.Name] is { } value) added += AddUnknown(value, StoredTypes.Json(property.PropertyType));
        members["addedLater"] = JsonNode.Parse(Later);
        members["addedLaterAsNull"] = null;
        return added + 1;
    }

    private static void SetEnums(JsonNode? node, JsonTypeInfo type)
    {
        if (node is JsonArray array)
        {
            foreach (var element in array) SetEnums(element, StoredTypes.Json(type.ElementType!));
        }
        else if (node is JsonObject members && type.Kind == JsonTypeInfoKind.Dictionary)
        {
            foreach (var (_, value) in members) SetEnums(value, StoredTypes.Json(type.ElementType!));
        }
        else if (node is JsonObject thing)
        {
            // Those that are sent and never stored have no accessors here.
            foreach (var property in type.Properties.Where(p => p.Get is not null))
            {
                if ((Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType).IsEnum) thing[property.Name] = 4711;
                else SetEnums(thing[property.Name], StoredTypes.Json(property.PropertyType));
            }
        }
    }
}
