using System.Reflection;
using System.Text;

namespace ModelBuild.Generator.Tests;

/// <summary>
/// Compares text with <c>Snapshots/NAME.verified.txt</c>. What differs is written beside it as <c>NAME.received.txt</c>; run the
/// tests with MODELBUILD_UPDATE_SNAPSHOTS=1 to accept it, and look at the diff before committing.
/// </summary>
internal static class Snapshot
{
    private static readonly string s_project = typeof(Snapshot).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(a => a.Key == "ProjectDirectory").Value!;

    public static string ReadPlan(string name) => File.ReadAllText(Path.Combine(s_project, "Plans", name + ".plan"));

    public static void Matches(string name, string actual)
    {
        string folder = Path.Combine(s_project, "Snapshots");
        string verified = Path.Combine(folder, name + ".verified.txt");
        string received = Path.Combine(folder, name + ".received.txt");
        if (Environment.GetEnvironmentVariable("MODELBUILD_UPDATE_SNAPSHOTS") == "1")
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(verified, actual, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            File.Delete(received);
            return;
        }

        string expected = File.Exists(verified) ? File.ReadAllText(verified) : "";
        if (expected == actual)
        {
            File.Delete(received);
            return;
        }

        File.WriteAllText(received, actual);
        Assert.Fail($"{name} differs from its snapshot at line {FirstDifference(expected, actual)}. Compare {received} with {verified}.");
    }

    private static int FirstDifference(string expected, string actual)
    {
        string[] left = expected.Split('\n');
        string[] right = actual.Split('\n');
        return left.Zip(right).TakeWhile(pair => pair.First == pair.Second).Count() + 1;
    }
}
