using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Orleans;
using Orleans.Runtime;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Grains.Scheduling.Rows;
using PgmCluster.Grains.Training;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Json;
using PgmCluster.TestSupport;

namespace PgmCluster.Silo.Tests.Storage.States;

/// <summary>What the grains store, by what their constructors ask for, and the scheduler's rows.</summary>
internal static class StoredTypes
{
    private static readonly JsonGrainStateSerializer Serializer = new();

    /// <summary>Each state of a grain, and each record that has rows of its own.</summary>
    public static IReadOnlyList<Type> States { get; } =
    [
        .. typeof(TrainingRunGrain).Assembly.GetTypes().Where(t => typeof(Grain).IsAssignableFrom(t) && !t.IsAbstract)
            .SelectMany(t => t.GetConstructors()).SelectMany(c => c.GetParameters()).Select(p => p.ParameterType)
            .Where(t => t.IsGenericType && t.GetGenericTypeDefinition() == typeof(IPersistentState<>))
            .Select(t => t.GenericTypeArguments[0]).Distinct(),
        .. typeof(SchedulerChange).GetProperties().Select(p => p.PropertyType)
            .Where(t => t.IsGenericType && t.GetGenericTypeDefinition() == typeof(RowChanges<,>)).Select(t => t.GenericTypeArguments[1]),
        typeof(CatalogEntry),
    ];

    /// <summary>The states and every class, list and value within them.</summary>
    public static IReadOnlyCollection<Type> Within { get; } = Reach(States);

    public static JsonTypeInfo Json(Type type) => JsonGrainStateSerializer.Options.GetTypeInfo(type);

    public static string SamplePath(string file) =>
        Path.Combine(RepositoryRoot.Path, "tests/PgmCluster.Silo.Tests/Storage/Samples/stored", file);

    public static object Read(Type type, BinaryData stored) => typeof(JsonGrainStateSerializer)
        .GetMethod(nameof(JsonGrainStateSerializer.Deserialize))!.MakeGenericMethod(type).Invoke(Serializer, [stored])!;

    public static string Write(object state) => ((BinaryData)typeof(JsonGrainStateSerializer)
        .GetMethod(nameof(JsonGrainStateSerializer.Serialize))!.MakeGenericMethod(state.GetType()).Invoke(Serializer, [state])!).ToString();

    /// <summary>What a state is read as after it was written: its own in all its parts.</summary>
    public static T Copy<T>(T state) where T : class => (T)Read(state.GetType(), BinaryData.FromString(Write(state)));

    public static JsonNode WrittenAgain(Type type, string stored) => JsonNode.Parse(Write(Read(type, BinaryData.FromString(stored))))!;

    private static HashSet<Type> Reach(IEnumerable<Type> from)
    {
        var seen = new HashSet<Type>();
        foreach (var type in from) Walk(type);
        return seen;

        void Walk(Type type)
        {
            if (!seen.Add(type)) return;
            if (Nullable.GetUnderlyingType(type) is { } value) Walk(value);
            if (Json(type) is { Kind: JsonTypeInfoKind.Object } json)
            {
                foreach (var property in json.Properties) if (!property.IsExtensionData) Walk(property.PropertyType);
            }
            else if (Json(type).ElementType is { } element)
            {
                Walk(element);
            }
        }
    }
}
