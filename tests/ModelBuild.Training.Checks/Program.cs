using System.Text;
using ModelBuild.Training.Checks;
using TorchSharp;

// --probe: whether LibTorch can be loaded here. Otherwise runs the checks whose names have the argument in them, all without one, and
// prints a line for each: PASS or FAIL, the name, and what was wrong in Base64, since it may have several lines; --plain prints that as it
// is.
if (args is ["--probe"])
{
    Console.WriteLine(torch.ones(1).item<float>());
    return 0;
}

bool isPlain = args.Contains("--plain");
bool hasFailed = false;
CheckList.Run(args.FirstOrDefault(a => a != "--plain") ?? string.Empty, (name, wrong) =>
{
    hasFailed |= wrong is not null;
    string text = wrong?.ToString() ?? string.Empty;
    string message = isPlain ? text : Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
    Console.WriteLine($"{(wrong is null ? "PASS" : "FAIL")}\t{name}\t{message}");
});
return hasFailed ? 1 : 0;
