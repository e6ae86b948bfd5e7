using System.Reflection;
using System.Security.Cryptography;
using Orleans;
using Orleans.Runtime;
using PgmCluster.Grains.Callers;

namespace PgmCluster.Grains.Tests.Callers;

public class CallProofTests
{
    private static readonly ClusterSecret s_secret = new(new byte[ClusterSecret.LeastBytes]);

    /// <summary>Silos of versions before are in the same cluster: they add part by part.</summary>
    [Theory]
    [InlineData("run")]
    [InlineData("lauf-ü")]
    public void Give_IsTheHashOverTheFramedPartsOfTheCall(string key)
    {
        foreach (var (id, @interface) in new[] { (key, "IShort"), (new string('k', 3000) + key, new string('I', 2000)) })
        {
            var target = GrainId.Create("trainingrun", id);
            using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, s_secret.Derive("calls"));
            mac.Add(target.Type.AsSpan());
            mac.Add(target.Key.AsSpan());
            mac.Add(@interface);
            mac.Add("Start");

            Assert.Equal(mac.GetHashAndReset(), Given(target, @interface));
        }
    }

    [Fact]
    public void Give_AnotherTarget_IsAnother() => Assert.NotEqual(
        Given(GrainId.Create("trainingrun", "ab"), "I"), Given(GrainId.Create("trainingruna", "b"), "I"));

    private static byte[] Given(GrainId target, string @interface)
    {
        var call = DispatchProxy.Create<IGrainCallContext, Call>();
        ((Call)call).Values = new()
        {
            ["TargetId"] = target,
            ["InterfaceName"] = @interface,
            ["MethodName"] = "Start",
            ["InterfaceMethod"] = typeof(IDisposable).GetMethod("Dispose")!,
        };
        return new CallProof(s_secret).Give(call);
    }

    /// <summary>Says what it is told to.</summary>
    internal class Call : DispatchProxy
    {
        public Dictionary<string, object> Values { get; set; } = [];

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => Values[targetMethod!.Name["get_".Length..]];
    }
}
