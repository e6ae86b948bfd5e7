using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;

namespace PgmCluster.Grains.Hosting;

/// <summary>
/// Finds what a client left out of a request: its compiler need not know of nullable references, and then a null arrives where none
/// belongs.
/// </summary>
/// <remarks>What is declared is found out once: that takes longer than all else that a call costs here.</remarks>
internal static class MissingValues
{
    private static readonly Assembly s_contracts = typeof(PgmCluster.Contracts.Errors.PgmException).Assembly;

    /// <summary>By method its parameters, where any of them is a request; else none.</summary>
    private static readonly ConcurrentDictionary<MethodInfo, Argument[]> s_requests = new();

    private static readonly ConcurrentDictionary<MethodInfo, Argument[]> s_arguments = new();

    private static readonly ConcurrentDictionary<Type, Member[]> s_members = new();

    private sealed record Argument(string Name, int Position, NullabilityInfo Declared);

    private sealed record Member(PropertyInfo Property, NullabilityInfo Declared);

    /// <summary>The same of methods that have a request; null for all others.</summary>
    /// <inheritdoc cref="First(MethodInfo, Func{int, object?})"/>
    public static string? FirstOfRequest(MethodInfo method, Func<int, object?> argument) =>
        First(s_requests.GetOrAdd(method, static m => HasRequest(m) ? Arguments(m) : []), argument);

    /// <summary>The first argument, or member of an argument that is a request, that must be there and is null.</summary>
    /// <returns>Its path, as in <c>request.Preset</c>; null where nothing is missing.</returns>
    public static string? First(MethodInfo method, Func<int, object?> argument) => First(Arguments(method), argument);

    private static string? First(Argument[] arguments, Func<int, object?> argument)
    {
        foreach (var (name, position, declared) in arguments)
        {
            if (Within(argument(position), declared) is { } path) return name + path;
        }
        return null;
    }

    /// <returns>The path behind the value's own; null where nothing is missing.</returns>
    private static string? Within(object? value, NullabilityInfo declared)
    {
        if (value is null) return declared.ReadState == NullabilityState.NotNull ? "" : null;
        if (value is string) return null;
        if (value is IEnumerable items) return WithinElements(items, declared);
        foreach (var (property, of) in s_members.GetOrAdd(value.GetType(), Members))
        {
            if (Within(property.GetValue(value), of) is { } path) return $".{property.Name}{path}";
        }
        return null;
    }

    private static string? WithinElements(IEnumerable items, NullabilityInfo declared)
    {
        var element = declared.ElementType ?? declared.GenericTypeArguments.FirstOrDefault();
        if (element is null || declared.GenericTypeArguments.Length > 1) return null;
        var index = 0;
        foreach (var item in items)
        {
            if (Within(item, element) is { } path) return $"[{index}]{path}";
            index++;
        }
        return null;
    }

    private static bool HasRequest(MethodInfo method) =>
        method.GetParameters().Any(p => p.ParameterType.Name.EndsWith("Request", StringComparison.Ordinal));

    private static Argument[] Arguments(MethodInfo method) => s_arguments.GetOrAdd(method, static m =>
    {
        var nullability = new NullabilityInfoContext();
        return [.. m.GetParameters().Where(p => !p.ParameterType.IsValueType)
            .Select(p => new Argument(p.Name!, p.Position, nullability.Create(p)))];
    });

    /// <summary>Of a type that is no contract none are looked at.</summary>
    private static Member[] Members(Type type)
    {
        if (type.Assembly != s_contracts) return [];
        // Not shared: it is not safe for several threads.
        var nullability = new NullabilityInfoContext();
        return [.. type.GetProperties()
            .Where(p => p.GetIndexParameters().Length == 0 && p.CanWrite && !p.PropertyType.IsValueType)
            .Select(p => new Member(p, nullability.Create(p)))];
    }
}
