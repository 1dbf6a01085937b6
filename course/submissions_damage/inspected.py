"carlearn's `inspect`, as it is: its findings that it calls new. Those it is unsure of are no claim."
import carlearn


def find_new(pre, post):
    findings = carlearn.inspect(pre, post, method="tuned").findings
    return [finding.bbox for finding in findings if finding.state == "new"]
