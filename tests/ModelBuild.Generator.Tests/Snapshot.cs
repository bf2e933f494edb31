using System.Text;

namespace ModelBuild.Generator.Tests;

/// <summary>
/// Compares text with a file of this project, as <c>Snapshots/NAME.verified.txt</c>. What differs is written beside it as
/// <c>NAME.received.txt</c>; run the tests with MODELBUILD_UPDATE_SNAPSHOTS=1 to accept it, and look at the diff before committing.
/// </summary>
internal static class Snapshot
{
    public static void Matches(string name, string actual) => Matches("Snapshots", name + ".verified.txt", actual);

    public static void Matches(string subfolder, string name, string actual)
    {
        string folder = Path.Combine(TestPlans.ProjectDirectory, subfolder);
        string verified = Path.Combine(folder, name);
        string received = Path.Combine(folder, name[..name.IndexOf('.', StringComparison.Ordinal)] + ".received.txt");
        if (Environment.GetEnvironmentVariable("MODELBUILD_UPDATE_SNAPSHOTS") == "1")
        {
            Directory.CreateDirectory(folder);
            Write(verified, actual);
            File.Delete(received);
            return;
        }

        string expected = File.Exists(verified) ? File.ReadAllText(verified) : "";
        if (expected == actual)
        {
            File.Delete(received);
            return;
        }

        Write(received, actual);
        Assert.Fail($"{name} differs from its snapshot at line {FirstDifference(expected, actual)}. Compare {received} with {verified}.");
    }

    private static void Write(string path, string text) =>
        File.WriteAllText(path, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));

    private static int FirstDifference(string expected, string actual) =>
        expected.Split('\n').Zip(actual.Split('\n')).TakeWhile(pair => pair.First == pair.Second).Count() + 1;
}
