using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Orleans;
using Orleans.CodeGeneration;
using Orleans.Runtime;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Execution.Documents;
using PgmCluster.Grains.Training;
using PgmCluster.Silo.Storage;
using PgmCluster.TestSupport;

namespace PgmCluster.Silo.Tests.Compatibility;

/// <summary>
/// Everything that silos and clients of neighbouring versions send each other or read of each other's state, one fact a line, so that a
/// line that is missing is one that they no longer agree on.
/// </summary>
internal static class ContractLines
{
    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Assembly[] s_assemblies =
        [typeof(IJobGrain).Assembly, typeof(TrainingRunGrain).Assembly, typeof(IStateDatabase).Assembly, typeof(TrainWork).Assembly];

    private static readonly Type[] s_all = [.. s_assemblies.SelectMany(a => a.GetTypes()).Where(t => !t.Name.Contains('<'))];

    /// <summary>Classes, records and exceptions that are sent, and what grains store.</summary>
    public static IReadOnlyList<Type> Sent { get; } =
    [
        .. s_all.Where(
            t => t.GetCustomAttribute<GenerateSerializerAttribute>() is not null && t.Namespace!.StartsWith(
                "PgmCluster", StringComparison.Ordinal)),
    ];

    public static IReadOnlyList<Type> Interfaces { get; } =
        [.. s_all.Where(t => t.IsInterface && t != typeof(IAddressable) && typeof(IAddressable).IsAssignableFrom(t))];

    public static IReadOnlyList<Type> Grains { get; } = [.. s_all.Where(t => typeof(Grain).IsAssignableFrom(t) && !t.IsAbstract)];

    /// <summary>What devices are given and answer as JSON.</summary>
    public static IReadOnlyList<Type> Documents { get; } =
        [.. s_all.Where(t => t.Namespace == typeof(TrainWork).Namespace && !t.IsEnum && !(t.IsAbstract && t.IsSealed) && t.IsPublic)];

    /// <summary>Enums within any of those.</summary>
    public static IReadOnlyList<Type> Enums { get; } =
    [
        .. Sent.Concat(Documents).SelectMany(Members).Select(m => m.Type)
            .Concat(
                Interfaces.SelectMany(i => i.GetMethods()).SelectMany(
                    m => m.GetParameters().Select(p => p.ParameterType).Append(m.ReturnType)))
            .SelectMany(Within).Where(t => t.IsEnum && t.Namespace!.StartsWith("PgmCluster", StringComparison.Ordinal)).Distinct(),
    ];

    public static IReadOnlyList<(Type Grain, ParameterInfo State)> States { get; } =
    [
        .. Grains.SelectMany(g => g.GetConstructors().SelectMany(c => c.GetParameters()).Select(p => (g, p)))
            .Where(p => p.p.ParameterType.IsGenericType && p.p.ParameterType.GetGenericTypeDefinition() == typeof(IPersistentState<>)),
    ];

    public static IReadOnlyList<string> All() =>
    [
        .. Sent.Select(t => $"type {Alias(t)}{(t.BaseType is { } parent && Sent.Contains(parent) ? $" : {Alias(parent)}" : "")}"),
        .. Sent.SelectMany(
            t => Members(t).Select(m => $"member {Alias(t)} {m.Id} {m.Name}: {Name(m.Type)}{(m.IsStored ? "" : ", never stored")}")),
        .. Enums.SelectMany(t => Enum.GetNames(t).Select(name => $"enum {t.Name} {name} = {Convert.ToInt64(Enum.Parse(t, name), null)}")),
        .. Interfaces.Select(i => $"version {Alias(i)} {i.GetCustomAttribute<VersionAttribute>(inherit: false)?.Version}"),
        .. Interfaces.SelectMany(i => i.GetMethods().Select(m =>
            $"method {Alias(i)} {Alias(m)}({string.Join(", ", m.GetParameters().Select(p => Name(p.ParameterType)))}): "
            + $"{Name(m.ReturnType)}")),
        .. Grains.SelectMany(
            g => g.GetInterfaces().Where(i => Interfaces.Contains(i)).Select(i => $"grain {GrainType(g)} answers {Alias(i)}")),
        .. States.Select(
            s => $"state {StateName(s.State)} of {GrainType(s.Grain)} is {Alias(s.State.ParameterType.GenericTypeArguments[0])}"),
        .. Documents.SelectMany(t => Members(t).Select(m => $"document {t.Name} {m.Name}: {Name(m.Type)}")),
        .. Migrations(),
    ];

    public static string? Alias(MemberInfo member) => member.GetCustomAttribute<AliasAttribute>(inherit: false)?.Alias;

    public static string? GrainType(Type grain) => grain.GetCustomAttribute<GrainTypeAttribute>()?.GetGrainType(null!, null!).ToString();

    public static string? StateName(ParameterInfo state) => state.GetCustomAttribute<PersistentStateAttribute>()?.StateName;

    /// <summary>Of a type that is sent those that have an id, by it; of a document what is written.</summary>
    public static IEnumerable<(uint? Id, string Name, Type Type, bool IsStored)> Members(Type type)
    {
        var isSent = Sent.Contains(type);
        var members = type.GetProperties(Own).Cast<MemberInfo>().Concat(type.GetFields(Own).Where(f => !f.Name.Contains('<')))
            .Select(m => (m.GetCustomAttribute<IdAttribute>()?.Id, m.Name,
                Type: (m as PropertyInfo)?.PropertyType ?? ((FieldInfo)m).FieldType,
                IsStored: m.GetCustomAttribute<System.Text.Json.Serialization.JsonIgnoreAttribute>() is null, Member: m));
        return isSent
            ? members.Where(m => m.Id is not null).OrderBy(m => m.Id).Select(m => (m.Id, m.Name, m.Type, m.IsStored))
            : members.Where(m => m.Member is PropertyInfo { GetMethod.IsPublic: true } && m.IsStored).Select(
                m => (m.Id, m.Name, m.Type, m.IsStored));
    }

    private static IEnumerable<string> Migrations() =>
        Directory.GetFiles(Path.Combine(RepositoryRoot.Path, "deploy", "sql"), "0*.sql", SearchOption.AllDirectories).Select(file =>
            $"sql {Path.GetFileName(Path.GetDirectoryName(file))}/{Path.GetFileName(file)} "
            + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(File.ReadAllText(file).ReplaceLineEndings("\n"))))[..16]);

    private static IEnumerable<Type> Within(Type type) =>
        type.IsGenericType ? type.GenericTypeArguments.SelectMany(Within) : type.IsArray ? Within(type.GetElementType()!) : [type];

    private static string Name(Type type) => type switch
    {
        { IsArray: true } => $"{Name(type.GetElementType()!)}[]",
        { IsGenericType: true } when Nullable.GetUnderlyingType(type) is { } value => $"{Name(value)}?",
        { IsGenericType: true } => $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GenericTypeArguments.Select(Name))}>",
        _ => type.Name,
    };
}
