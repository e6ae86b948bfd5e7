using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using Mono.Cecil;
using Mono.Cecil.Cil;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Runtime;

/// <summary>The build keeps the owners of native memory alive for as long as libtorch reads it (src/Build/KeptHandles.cs).</summary>
public class KeptHandlesTests
{
    private const string Scalar = "TorchSharp.Scalar";
    private static readonly string[] Owners = [Scalar, "TorchSharp.torch/Tensor", "TorchSharp.torch/Generator"];

    /// <summary>
    /// Operations of each thread. Raise it to look for the race: PGM_SCALAR_OPERATIONS=1000000 dotnet test --filter KeptHandlesTests.
    /// </summary>
    private static readonly int Operations = int.Parse(
        Environment.GetEnvironmentVariable("PGM_SCALAR_OPERATIONS") ?? "3000", CultureInfo.InvariantCulture);

    [Fact]
    public void TorchSharp_EveryScalarParameter_IsKeptAliveToTheEndOfItsMethod()
    {
        using var module = ModuleDefinition.ReadModule(typeof(Tensor).Assembly.Location);
        var methods = Methods(module).Where(m => m.Parameters.Any(p => p.ParameterType.FullName == Scalar)).ToList();
        Assert.True(methods.Count >= 179, $"{methods.Count} methods with a scalar parameter were found, 179 are known.");
        Assert.Empty(
            methods.Where(
                m => !m.Parameters.Where(p => p.ParameterType.FullName == Scalar).All(p => IsKept(m, p))).Select(m => m.FullName));
    }

    [Fact]
    public void TorchSharp_WhateverANativeHandleIsTakenOf_IsKeptAliveToTheEndOfTheMethod()
    {
        using var module = ModuleDefinition.ReadModule(typeof(Tensor).Assembly.Location);
        var uses = Methods(module).SelectMany(
            m => m.Body.Instructions.Where(IsHandle).Select(i => (Method: m, Owner: OwnerOf(m, i)))).ToList();
        Assert.True(uses.Count >= 1563, $"{uses.Count} uses were found, 1,563 are known.");
        Assert.Empty(uses.Where(u => u.Owner is null || !IsKept(u.Method, u.Owner)).Select(u => u.Method.FullName).Distinct());
    }

    [Fact]
    public void TorchSharp_Copy_NamesThePackageAndWhatMadeIt() => Assert.Matches(
        @"^[0-9.]+\+[0-9a-f]{12}$",
        typeof(Tensor).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion);

    [Fact]
    public void ScalarsAndTensorsThatNobodyHolds_CollectionsMeanwhile_GiveRightValues()
    {
        using var x = full(64, 1.5f).DetachFromDisposeScope();
        var done = 0;
        var failures = new List<string>();
        var collector = new Thread(() => { while (Volatile.Read(ref done) == 0) GC.Collect(1); }) { IsBackground = true };
        var workers = Enumerable.Range(0, 2).Select(_ => new Thread(() =>
        {
            try
            {
                for (var i = 0; i < Operations; i++)
                {
                    var value = ScaledSum(x);
                    if (value != 64 * 6) throw new InvalidOperationException($"(x + x) * 2 summed to {value}");
                }
            }
            catch (Exception e)
            {
                lock (failures) failures.Add(e.Message);
            }
        })).ToList();
        collector.Start();
        workers.ForEach(w => w.Start());
        workers.ForEach(w => w.Join());
        Volatile.Write(ref done, 1);
        collector.Join();
        Assert.Empty(failures);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float ScaledSum(Tensor x) => ((x + x) * 2.0).sum().item<float>();

    private static IEnumerable<MethodDefinition> Methods(ModuleDefinition module) =>
        module.GetTypes().SelectMany(t => t.Methods).Where(m => m.HasBody);

    private static bool IsHandle(Instruction i) =>
        i.Operand is MethodReference { Name: "get_Handle" } m && Owners.Contains(m.DeclaringType.FullName);

    /// <summary>The parameter that the handle is taken of, or the local that it is also stored in.</summary>
    private static object? OwnerOf(MethodDefinition method, Instruction handle)
    {
        if (Loaded(method, handle.Previous) is { } argument) return argument;
        // dup, stloc; where the owner is remembered elsewhere too, that lies between.
        for (var i = handle.Previous; i is not null; i = i.Previous)
        {
            if (i.OpCode == OpCodes.Dup && Local(method, i.Next) is { } local) return local;
        }
        return null;
    }

    /// <summary>Every way out keeps it: in front of each "ret" there are loads, each followed by a call of GC.KeepAlive.</summary>
    private static bool IsKept(MethodDefinition method, object owner) =>
        method.Body.Instructions.Where(i => i.OpCode == OpCodes.Ret).All(end =>
    {
        for (var call = end.Previous; call?.Operand is MethodReference { Name: "KeepAlive" }; call = call.Previous.Previous)
        {
            if (ReferenceEquals(Loaded(method, call.Previous), owner) || ReferenceEquals(Local(method, call.Previous), owner)) return true;
        }
        return false;
    });

    private static ParameterDefinition? Loaded(MethodDefinition method, Instruction i)
    {
        if (i.OpCode.Code is Code.Ldarg or Code.Ldarg_S) return (ParameterDefinition)i.Operand;
        if (i.OpCode.Code is not (Code.Ldarg_0 or Code.Ldarg_1 or Code.Ldarg_2 or Code.Ldarg_3)) return null;
        var index = i.OpCode.Code - Code.Ldarg_0 - (method.HasThis ? 1 : 0);
        return index < 0 ? method.Body.ThisParameter : method.Parameters[index];
    }

    private static VariableDefinition? Local(MethodDefinition method, Instruction i) => i.OpCode.Code switch
    {
        Code.Ldloc or Code.Ldloc_S or Code.Stloc or Code.Stloc_S => (VariableDefinition)i.Operand,
        >= Code.Ldloc_0 and <= Code.Ldloc_3 => method.Body.Variables[i.OpCode.Code - Code.Ldloc_0],
        >= Code.Stloc_0 and <= Code.Stloc_3 => method.Body.Variables[i.OpCode.Code - Code.Stloc_0],
        _ => null,
    };
}
